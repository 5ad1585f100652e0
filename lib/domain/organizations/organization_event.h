/* What is on record about a change of an organization. */
#ifndef ORGD_ORGANIZATION_EVENT_H
#define ORGD_ORGANIZATION_EVENT_H

#include "db/db_unit.h"
#include "domain/events/event.h"
#include "organization.h"

/* Who gives an organization away, and who gets it. */
struct organization_transfer {
    struct event_party from;
    struct event_party to;
};

/* Add the event of a change to its transaction. `account_id` is the caller's. A change that is no transfer has NULL. */
void organization_record_update(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                const struct organization *before, const struct organization *after,
                                const struct organization_transfer *transfer);
void organization_record_deletion(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                  const struct organization *organization);

/* Adds the event of a creation. `is_named`: a statement before it has put the caller's name where EVENT_ACTOR_NAME says
 * (event_sql.h). `has_new_id`: nobody has chosen the id, which an organization that is gone may have had. */
void organization_record_creation(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                  bool is_named, bool has_new_id, const struct organization *organization);

#endif
