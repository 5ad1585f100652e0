/* The statements of refresh.c. */
#ifndef ORGD_REFRESH_SQL_H
#define ORGD_REFRESH_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct refresh_params {
    struct id id;
    struct digest digest;
    struct digest old_digest;
    struct timestamp now;
    struct timestamp expires;
};

struct refresh_row {
    struct digest digest;
    struct text client;
    struct id account_id;
    struct text username;
    bool is_active; /* account and grant both */
    struct timestamp expires;
};

struct refresh_number_row {
    int64_t number;
};

extern const struct db_statement refresh_sql_find;
extern const struct db_statement refresh_sql_find_for_update;
extern const struct db_statement refresh_sql_rotate;
extern const struct db_statement refresh_sql_remember_used;
extern const struct db_statement refresh_sql_was_used;

#endif
