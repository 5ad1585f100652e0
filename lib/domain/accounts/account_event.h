/* What is on record about a change of an account. */
#ifndef ORGD_ACCOUNT_EVENT_H
#define ORGD_ACCOUNT_EVENT_H

#include "account.h"
#include "domain/events/event.h"

/* Says whose event it is, and names the account as a target: the event of a service account stands in the chain of its
 * organization, that of a user in the user's own. */
void account_own_event(struct event *event, const struct account *account);

/* Describes a change, but not who made it. `action` is for a user, or for a service account. `before` is NULL of what
 * is created, `after` of what is deleted. */
struct account_action {
    const char *of_user;
    const char *of_service;
};
struct event account_event(const struct call *call, const struct account_action *action, const struct account *before,
                           const struct account *after);

/* Adds the event of a change that the operator makes to its transaction. */
void account_record(struct db_unit *unit, const struct call *call, const struct account_action *action,
                    const struct account *before, const struct account *after);

extern const struct account_action account_created;
extern const struct account_action account_updated;
extern const struct account_action account_activated;
extern const struct account_action account_deactivated;
extern const struct account_action account_deleted;

#endif
