/* What the files of account.h share. */
#ifndef ORGD_ACCOUNT_PRIVATE_H
#define ORGD_ACCOUNT_PRIVATE_H

#include "account.h"
#include "account_sql.h"
#include "domain/events/event.h"

/* Checks what an account may have besides its name. Fails with ERR_VALIDATION. */
int account_check_details(const struct account *account, struct error *err) NODISCARD;

/* Checks the rule of user names with "@": such a name is a verified address of the same user. `before` is NULL of a new
 * account. Fails with ERR_VALIDATION. */
int account_check_name(const struct call *call, const struct account *before, const struct account *after,
                       struct error *err) NODISCARD;

/* True if there is something for the row of orgd_profiles. */
bool account_has_profile(const struct account *account);

/* Fails with ERR_FORBIDDEN after account_plan_end() did, and says which organizations the user owns. */
int account_explain_owner(const struct call *call, const struct id *id, struct error *err) NODISCARD;

#endif
