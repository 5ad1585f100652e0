/* The statements of code.c. */
#ifndef ORGD_CODE_SQL_H
#define ORGD_CODE_SQL_H

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
    bool session_counts; /* the session has not ended, and its account is active */
    struct id session_id;
    struct text redirect_uri;
    struct text challenge;
    int64_t wrong_verifiers;
    struct timestamp used;
    struct id grant_id;
    struct timestamp expires;
};

extern const struct db_statement code_sql_insert;
extern const struct db_statement code_sql_insert_unasked;
extern const struct db_statement code_sql_find;
extern const struct db_statement code_sql_use;
extern const struct db_statement code_sql_count_wrong;
extern const struct db_statement code_sql_delete;

#endif
