/* The part that the statements of requests share: the caller's credential, which also holds what a request must know of
 * the account (sql/0003-callers.sql). Every column and every table costs each request time, so what only one statement
 * needs is its own. */
#ifndef ORGD_CALLER_SQL_H
#define ORGD_CALLER_SQL_H

#include "base/digest.h"
#include "caller.h"
#include "db/db_stmt.h"

#define CALLER_COLUMNS                                                                                                 \
    "c.account_id, c.account_is_superuser, c.account_is_active, c.is_active, c.secret_digest, c.retained_digest,"      \
    " c.retained_until"
#define CALLER_FROM " FROM credentials c"
/* Its parameter is the credential's id. */
#define CALLER_WHERE " WHERE c.id = ?"

/* For statements that give or change nothing where the caller does not count: what caller_accept() asks, except for a
 * secret that is retained. That a digest is compared here does no harm: what the time it takes may tell of a digest
 * helps nobody to the secret. Of a struct credential the members that do not count are zero, and equal nothing. */
#define CALLER_COUNTS "c.is_active AND c.account_is_active AND (? OR c.account_id = ? OR c.secret_digest = ?)"
#define CALLER_PARAMS(params_type)                                                                                     \
    DB_FIELD(params_type, caller.is_external), DB_FIELD(params_type, caller.account_id),                               \
        DB_FIELD(params_type, caller.digest)

/* The columns for the struct `row_type`, whose member `caller` is a struct caller_row. */
#define CALLER_FIELDS(row_type)                                                                                        \
    DB_FIELD(row_type, caller.account_id), DB_FIELD(row_type, caller.is_superuser),                                    \
        DB_FIELD(row_type, caller.account_is_active), DB_FIELD(row_type, caller.is_active),                            \
        DB_FIELD(row_type, caller.secret), DB_FIELD(row_type, caller.retained_secret),                                 \
        DB_FIELD(row_type, caller.retained_until)

/* A new credential for the account whose id is the parameter of FOR_ACCOUNT: INSERT INTO credentials (ACCOUNT_COLUMNS,
 * more) SELECT ACCOUNT_VALUES, more FOR_ACCOUNT. */
#define ACCOUNT_COLUMNS "account_id, account_is_active, account_is_superuser"
#define ACCOUNT_VALUES "a.id, a.is_active, a.is_superuser"
#define FOR_ACCOUNT " FROM accounts a WHERE a.id = ?"

#endif
