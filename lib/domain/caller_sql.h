/* The part that the statements of requests share: the caller's credential and account. */
#ifndef ORGD_CALLER_SQL_H
#define ORGD_CALLER_SQL_H

#include "caller.h"
#include "db/db_stmt.h"

#define CALLER_COLUMNS                                                                                                 \
    "a.id, a.organization_id, a.kind = 'service', a.is_superuser, a.is_active AND c.is_active,"                        \
    " c.secret_digest, c.retained_digest, c.retained_until"
#define CALLER_FROM " FROM credentials c JOIN accounts a ON a.id = c.account_id"
/* Its parameter is the credential's id. */
#define CALLER_WHERE " WHERE c.id = ?"

/* The same columns for the struct `row_type`, whose member `caller` is a struct caller_row. */
#define CALLER_FIELDS(row_type)                                                                                        \
    DB_FIELD(row_type, caller.account_id), DB_FIELD(row_type, caller.organization_id),                                 \
        DB_FIELD(row_type, caller.is_service), DB_FIELD(row_type, caller.is_superuser),                                \
        DB_FIELD(row_type, caller.is_active), DB_FIELD(row_type, caller.secret),                                       \
        DB_FIELD(row_type, caller.retained_secret), DB_FIELD(row_type, caller.retained_until)

#endif
