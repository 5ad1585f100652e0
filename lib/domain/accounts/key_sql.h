/* The statements of key.c. */
#ifndef ORGD_KEY_SQL_H
#define ORGD_KEY_SQL_H

#include "account.h"
#include "db/db_statement.h"
#include "key.h"

struct key_params {
    struct id id;
    struct id account_id;
    struct text kind;
    struct text name;
    struct digest secret;
    struct timestamp retained_until;
    bool is_active;
    struct timestamp expires;
    struct timestamp now;
};

/* A key, and whose it is. */
struct key_owned_row {
    struct key key;
    struct account account;
};

extern const struct db_statement key_sql_insert;
extern const struct db_statement key_sql_list;
extern const struct db_statement key_sql_find;
extern const struct db_statement key_sql_lock; /* in rows of key_owned_row */
extern const struct db_statement key_sql_rotate;
extern const struct db_statement key_sql_set_active;
extern const struct db_statement key_sql_end;

#endif
