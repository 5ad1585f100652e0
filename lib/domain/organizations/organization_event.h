/* What is on record about a change of an organization. */
#ifndef ORGD_ORGANIZATION_EVENT_H
#define ORGD_ORGANIZATION_EVENT_H

#include "db/db_unit.h"
#include "organization.h"

/* Adds the event of a change to its transaction. `account_id` is the caller's. `before` is NULL of what is created,
 * `after` of what is deleted. */
void organization_record(struct db_unit *unit, const struct call *call, const struct id *account_id, const char *action,
                         const struct organization *before, const struct organization *after);

#endif
