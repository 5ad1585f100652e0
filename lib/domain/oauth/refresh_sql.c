#include "refresh_sql.h"

static const struct db_record params =
    DB_RECORD(struct refresh_params, DB_MEMBER(struct refresh_params, id), DB_MEMBER(struct refresh_params, digest),
              DB_MEMBER(struct refresh_params, old_digest), DB_MEMBER(struct refresh_params, now),
              DB_MEMBER(struct refresh_params, expires));

static const struct db_record row =
    DB_RECORD(struct refresh_row, DB_MEMBER_AS("secret_digest", struct refresh_row, digest),
              DB_MEMBER(struct refresh_row, client), DB_MEMBER(struct refresh_row, account_id),
              DB_MEMBER(struct refresh_row, username), DB_MEMBER(struct refresh_row, is_active),
              DB_MEMBER(struct refresh_row, expires));

static const struct db_record number_row =
    DB_RECORD(struct refresh_number_row, DB_MEMBER(struct refresh_number_row, number));

#define SELECT                                                                                                            \
    "SELECT c.secret_digest, c.client, a.id AS account_id, a.name AS username, a.is_active AND c.is_active AS is_active," \
    " c.expires"                                                                                                          \
    " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id WHERE c.id = :id AND c.kind = 'grant'"

const struct db_statement refresh_sql_find = {
    .name = "refresh_find",
    .sql = SELECT,
    .params = &params,
    .row = &row,
};

const struct db_statement refresh_sql_find_for_update = {
    .name = "refresh_find_for_update",
    .sql = SELECT " FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement refresh_sql_rotate = {
    .name = "refresh_rotate",
    .sql = "UPDATE orgd_credentials SET secret_digest = :digest, rotated = :now, expires = :expires WHERE id = :id",
    .params = &params,
};

const struct db_statement refresh_sql_remember_used = {
    .name = "refresh_remember_used",
    .sql = "INSERT INTO orgd_used_refresh_tokens (digest, credential_id) VALUES (:old_digest, :id)",
    .params = &params,
};

const struct db_statement refresh_sql_was_used = {
    .name = "refresh_was_used",
    .sql = "SELECT 1 AS number FROM orgd_used_refresh_tokens WHERE digest = :old_digest AND credential_id = :id",
    .params = &params,
    .row = &number_row,
};
