/* The statements of grant.c. */
#ifndef ORGD_GRANT_SQL_H
#define ORGD_GRANT_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct code_params {
    struct id id;
    struct digest digest;
    struct id client_id;
    struct id account_id;
    struct id session_id;
    struct text redirect_uri;
    struct text challenge;
    struct id grant_id;
    struct timestamp now;
    struct timestamp expires;
};

struct code_row {
    struct digest digest;
    struct id client_id;
    struct id account_id;
    bool account_is_active;
    struct id session_id;
    struct text redirect_uri;
    struct text challenge;
    int64_t wrong_verifiers;
    struct timestamp used;
    struct id grant_id;
    struct timestamp expires;
};

extern const struct db_statement grant_sql_code_insert;
extern const struct db_statement grant_sql_code_find;
extern const struct db_statement grant_sql_code_use;
extern const struct db_statement grant_sql_code_wrong;
extern const struct db_statement grant_sql_code_delete;

struct grant_params {
    struct id id;
    struct id account_id;
    struct text client;
    struct id session_id;
    struct digest digest;
    struct digest old_digest;
    struct timestamp now;
    struct timestamp expires;
};

struct grant_row {
    struct digest digest;
    struct text client;
    struct id account_id;
    struct text username;
    bool is_active; /* account and grant both */
    struct timestamp expires;
};

struct grant_number_row {
    int64_t number;
};

extern const struct db_statement grant_sql_insert;
extern const struct db_statement grant_sql_find;
extern const struct db_statement grant_sql_find_for_update;
extern const struct db_statement grant_sql_rotate;
extern const struct db_statement grant_sql_remember_used;
extern const struct db_statement grant_sql_was_used;
extern const struct db_statement grant_sql_delete;
extern const struct db_statement grant_sql_revoke;
extern const struct db_statement grant_sql_exists;

#endif
