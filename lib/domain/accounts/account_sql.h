/* The statements of account.c. */
#ifndef ORGD_ACCOUNT_SQL_H
#define ORGD_ACCOUNT_SQL_H

#include "account.h"
#include "db/db_statement.h"

struct account_params {
    struct credential caller;
    struct account account;
    struct text kind;
    struct text name_key;
    struct timestamp now;
};

/* The caller is in the rows of account_sql_of_credential alone. */
struct account_row {
    struct caller_row caller;
    struct account account;
};

extern const struct db_statement account_sql_of_credential;
extern const struct db_statement account_sql_find;
extern const struct db_statement account_sql_list;

extern const struct db_statement account_sql_insert;
extern const struct db_statement account_sql_insert_service_membership;
extern const struct db_statement account_sql_update;
extern const struct db_statement account_sql_set_active;
extern const struct db_statement account_sql_delete_service;

#endif
