/* The statement of people who have forgotten a password. */
#ifndef ORGD_PASSWORD_RESET_SQL_H
#define ORGD_PASSWORD_RESET_SQL_H

#include "account_sql.h"

struct password_reset_params {
    struct text name_key;
};

struct password_reset_row {
    struct account account; /* id, names, address, language and standing */
    bool has_password;
    struct text issuer; /* another one, with whose account the user signs in; without data: none */
};

extern const struct db_statement password_reset_sql_person; /* who is called :name_key */

#endif
