/* The statements of mailed links. */
#ifndef ORGD_MAILED_LINK_SQL_H
#define ORGD_MAILED_LINK_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct mailed_link_params {
    struct id id;
    struct id account_id;
    struct text kind;
    struct text email;
    struct text email_key;
    struct digest digest;
    struct timestamp now;
    struct timestamp expires;
};

struct mailed_link_row {
    struct id account_id;
    struct text username;
    struct text email;
    struct text email_key;
    struct text reason; /* why it does not count any more; without data: it counts */
};

/* In the place of the one before; change no row if the account has ended, or another address. */
extern const struct db_statement mailed_link_sql_insert_for_password;
extern const struct db_statement mailed_link_sql_insert_for_address;
extern const struct db_statement mailed_link_sql_open;
extern const struct db_statement mailed_link_sql_use;

#endif
