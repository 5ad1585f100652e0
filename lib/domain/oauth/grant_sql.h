/* The statements of grant.c. */
#ifndef ORGD_GRANT_SQL_H
#define ORGD_GRANT_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct grant_params {
    struct id id;
    struct id account_id;
    struct text client;
    struct id client_id; /* nil: it is not registered */
    struct id session_id;
    struct digest salt; /* of the refresh tokens */
    int64_t generation;
    struct timestamp now;
    struct timestamp expires;
};

struct grant_number_row {
    int64_t number;
};

extern const struct db_statement grant_sql_insert;
extern const struct db_statement grant_sql_end_oldest_of_client;
extern const struct db_statement grant_sql_end_oldest;
extern const struct db_statement grant_sql_exists;
extern const struct db_statement grant_sql_end;
extern const struct db_statement grant_sql_revoke;

#endif
