/* The statements of issuer_account.c. */
#ifndef ORGD_ISSUER_ACCOUNT_SQL_H
#define ORGD_ISSUER_ACCOUNT_SQL_H

#include "db/db_statement.h"

struct issuer_account_params {
    struct id credential_id;
    struct text name_key;
    struct timestamp now;
};

struct issuer_account_row {
    struct id credential_id;
};

extern const struct db_statement issuer_account_sql_find;
/* Makes the credential of the user with this name. Changes no row if there is no such user. */
extern const struct db_statement issuer_account_sql_insert;

#endif
