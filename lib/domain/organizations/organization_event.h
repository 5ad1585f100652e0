/* What is on record about a change of an organization. */
#ifndef ORGD_ORGANIZATION_EVENT_H
#define ORGD_ORGANIZATION_EVENT_H

#include "db/db_unit.h"
#include "organization.h"

/* Adds the event of a change to its transaction. `account_id` is the caller's. `after` is NULL of what is deleted. */
void organization_record(struct db_unit *unit, const struct call *call, const struct id *account_id, const char *action,
                         const struct organization *before, const struct organization *after);

/* Adds the event of a creation. `is_named`: a statement before it has put the caller's name where EVENT_ACTOR_NAME says
 * (event_sql.h). `has_new_id`: nobody has chosen the id, which an organization that is gone may have had. */
void organization_record_creation(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                  bool is_named, bool has_new_id, const struct organization *organization);

#endif
