/* Shared by the files of the module invitation alone. */
#ifndef ORGD_INVITATION_PRIVATE_H
#define ORGD_INVITATION_PRIVATE_H

#include "domain/events/event.h"
#include "invitation_sql.h"

/* Reads the invitation of params->id for who asks; ERR_NOT_FOUND if there is none. Judges nothing but the caller. */
int invitation_see(const struct call *call, const struct invitation_params *params, struct invitation_row *out,
                   struct principal *caller, struct error *err) NODISCARD;

/* Fails unless the status is pending, and says what it is. */
int invitation_require_pending(const struct invitation *invitation, struct timestamp now, struct error *err) NODISCARD;

#define INVITATION_NOT_PENDING N_("The invitation is not pending any more.")

/* Who decides. */
struct invitee {
    struct event_actor actor;
    struct id account_id;
    struct text name;
    bool is_new; /* the account is made by the same transaction */
};

/* Adds what a decision brings with it: the membership, and what is on record. The status is the caller's to set. Fails
 * with ERR_FORBIDDEN if somebody would be given more than a member may have. */
int invitation_plan_decision(struct db_unit *unit, const struct call *call, const struct invitation *invitation,
                             const struct invitee *who, bool is_accepted, struct error *err) NODISCARD;

/* Begins the event of a change in the organization, with the invitation as its target. */
struct event invitation_event(const struct call *call, const char *action, const struct id *account_id,
                              const struct invitation *invitation);

/* Adds what takes a pending one back: its end, what was assigned to it, and the event. */
void invitation_plan_revocation(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                const struct invitation *invitation);

/* Adds what takes away all that was assigned to one that ends, and a mail that would tell of it. */
void invitation_plan_drop(struct db_unit *unit, const struct invitation *invitation);

int invitation_no_such(struct error *err);

#endif
