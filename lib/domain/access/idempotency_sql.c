#include "idempotency_sql.h"

static const struct db_record params =
    DB_RECORD(struct idempotency_params, DB_MEMBER(struct idempotency_params, account_id),
              DB_MEMBER(struct idempotency_params, key), DB_MEMBER(struct idempotency_params, request),
              DB_MEMBER(struct idempotency_params, status), DB_MEMBER(struct idempotency_params, headers),
              DB_MEMBER(struct idempotency_params, body), DB_MEMBER(struct idempotency_params, created),
              DB_MEMBER(struct idempotency_params, maximum));
static const struct db_record row =
    DB_RECORD(struct idempotency_row, DB_MEMBER(struct idempotency_row, request),
              DB_MEMBER(struct idempotency_row, status), DB_MEMBER(struct idempotency_row, headers),
              DB_MEMBER(struct idempotency_row, body), DB_MEMBER(struct idempotency_row, created));

/* The count locks nothing (READ COMMITTED), so several at once may pass the maximum by as many: it only bounds growth.
 */
const struct db_statement idempotency_sql_insert = {
    .name = "idempotency_insert",
    .sql = "INSERT INTO orgd_idempotency (account_id, key_digest, request_digest, status, headers, body, created)"
           " SELECT :account_id, :key, :request, :status, :headers, :body, :created"
           " WHERE (SELECT COUNT(*) FROM orgd_idempotency WHERE account_id = :account_id) < :maximum"
           " OR EXISTS (SELECT 1 FROM orgd_idempotency WHERE account_id = :account_id AND key_digest = :key)",
    .params = &params,
};

#define FIND                                                                                                           \
    "SELECT request_digest AS request, status, headers, body, created FROM orgd_idempotency"                           \
    " WHERE account_id = :account_id AND key_digest = :key"

const struct db_statement idempotency_sql_find = {
    .name = "idempotency_find",
    .sql = FIND,
    .params = &params,
    .row = &row,
};

const struct db_statement idempotency_sql_try_lock = {
    .name = "idempotency_try_lock",
    .sql = FIND " FOR UPDATE NOWAIT",
    .params = &params,
    .row = &row,
};

const struct db_statement idempotency_sql_forget = {
    .name = "idempotency_forget",
    .sql = "DELETE FROM orgd_idempotency WHERE account_id = :account_id AND key_digest = :key AND created = :created",
    .params = &params,
    .is_repeatable = true,
};
