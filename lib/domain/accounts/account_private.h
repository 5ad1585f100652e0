/* What the files of account.h share. */
#ifndef ORGD_ACCOUNT_PRIVATE_H
#define ORGD_ACCOUNT_PRIVATE_H

#include "account.h"
#include "account_sql.h"
#include "domain/events/event.h"

/* Checks what an account may have besides its name. Fails with ERR_VALIDATION. */
int account_check_details(const struct account *account, struct error *err) NODISCARD;

/* Fails with ERR_EXISTS after a transaction that did: says to operators who has the address, and to others that
 * somebody has it, or that somebody has the name. */
int account_refuse_duplicate(const struct call *call, const struct account_params *params, struct error *err) NODISCARD;

/* Makes of an account what is to become of it. From who is not trusted another address comes without being verified. */
void account_apply(const struct call *call, const struct account_change *change, bool is_trusted,
                   struct account *account);

/* Checks the rule of user names with "@": such a name is a verified address of the same user. `before` is NULL of a new
 * account. Fails with ERR_VALIDATION. */
int account_check_name(const struct call *call, const struct account *before, const struct account *after,
                       struct error *err) NODISCARD;

/* True if there is something for the row of orgd_profiles. */
bool account_has_profile(const struct account *account);

/* Adds to a transaction what makes `params->account` of the account that was read before, on condition of its revision,
 * and the events. Deactivating ends sessions, grants and access tokens. Adds nothing if nothing changes. Fails with
 * ERR_VALIDATION. */
int account_plan_change(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                        const struct account *before, struct account_params *params, struct error *err) NODISCARD;

/* Adds to a transaction the end of the account that was read before, and its event. It is refused with ERR_FORBIDDEN if
 * a user owns organizations; account_explain_owner() then says which. */
void account_plan_end(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                      const struct account *before);
int account_explain_owner(const struct call *call, const struct id *id, struct error *err) NODISCARD;

#endif
