/* Statements about the answers that are kept. */
#ifndef ORGD_IDEMPOTENCY_SQL_H
#define ORGD_IDEMPOTENCY_SQL_H

#include "db/db_statement.h"

struct idempotency_params {
    struct id account_id;
    struct digest key;
    struct digest request;
    int64_t status;
    struct text headers;
    struct text body;
    struct timestamp created;
    int64_t maximum; /* how many the account may have */
};

struct idempotency_row {
    struct digest request;
    int64_t status;
    struct text headers;
    struct text body;
    struct timestamp created;
};

/* Changes no row if the account has too many; fails with a duplicate key if it has this one. */
extern const struct db_statement idempotency_sql_insert;
extern const struct db_statement idempotency_sql_find;
/* Fails at once where another transaction holds the row. */
extern const struct db_statement idempotency_sql_try_lock;
extern const struct db_statement idempotency_sql_forget;

#endif
