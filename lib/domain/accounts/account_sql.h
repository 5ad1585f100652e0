/* The statements of accounts. */
#ifndef ORGD_ACCOUNT_SQL_H
#define ORGD_ACCOUNT_SQL_H

#include "account.h"
#include "domain/access/caller_sql.h"

#define ACCOUNT_GONE "the account no longer exists"

struct account_params {
    struct credential caller;
    struct account account;
    struct text kind;
    struct text name_key;
    struct text email_key; /* without data: the address is not verified */
    struct timestamp now;
};

/* The caller is in the rows of account_sql_of_credential alone. */
struct account_row {
    struct caller_row caller;
    struct account account;
};

CALLER_STATEMENTS(account_sql_of_credential);
extern const struct db_statement account_sql_find_user;
extern const struct db_statement account_sql_lock; /* of an account that has not ended */
extern const struct db_statement account_sql_find_services;
extern const struct db_statement account_sql_find_service_by_id;
extern const struct db_statement account_sql_find_by_address;
extern const struct db_statement account_sql_list;

extern const struct db_statement account_sql_lock_organization; /* its name, in a row of account_row */
extern const struct db_statement account_sql_insert;
extern const struct db_statement account_sql_set_superuser;
extern const struct db_statement account_sql_insert_service_membership;
extern const struct db_statement account_sql_change;
extern const struct db_statement account_sql_rename;
extern const struct db_statement account_sql_set_active;
extern const struct db_statement account_sql_end_service;
extern const struct db_statement account_sql_end_user;
extern const struct db_statement account_sql_owned; /* the names of some organizations, in rows of account_row */
extern const struct db_statement account_sql_unlink;
extern const struct db_statement account_sql_delete_external;
extern const struct db_statement account_sql_delete_password;
/* Removes the memberships of most people at once; whoever has more loses the rest later. */
extern const struct db_statement account_sql_end_memberships;
extern const struct db_statement account_sql_end_keys;
extern const struct db_statement account_sql_end_membership;

#endif
