/* The statements of refresh.c. */
#ifndef ORGD_REFRESH_SQL_H
#define ORGD_REFRESH_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct refresh_params {
    struct id id;
    int64_t number; /* of the token that is used */
    struct timestamp now;
    struct timestamp expires;
};

struct refresh_row {
    struct digest salt;
    int64_t number;     /* of the current token */
    int64_t generation; /* of the grant's access tokens */
    struct text client;
    struct id account_id;
    struct text username;
    bool is_active; /* the account, the grant, and the client if it is registered */
    struct timestamp rotated;
    struct timestamp expires;
};

extern const struct db_statement refresh_sql_find;
extern const struct db_statement refresh_sql_find_for_update;
extern const struct db_statement refresh_sql_rotate;

#endif
