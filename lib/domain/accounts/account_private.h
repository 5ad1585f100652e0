/* What the files of account.h share. */
#ifndef ORGD_ACCOUNT_PRIVATE_H
#define ORGD_ACCOUNT_PRIVATE_H

#include "account.h"
#include "account_sql.h"

/* Checks what an account may have besides its name. Fails with ERR_VALIDATION. */
int account_check_details(const struct account *account, struct error *err) NODISCARD;

/* Fail with ERR_EXISTS, and say who has the address, or that somebody has the name. */
int account_refuse_address(const struct call *call, const struct account_params *params, struct error *err) NODISCARD;
int account_refuse_name(const struct account *account, struct error *err) NODISCARD;

#endif
