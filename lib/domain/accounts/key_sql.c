#include "key_sql.h"

#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct key_params, DB_MEMBER(struct key_params, id), DB_MEMBER(struct key_params, account_id),
              DB_MEMBER(struct key_params, kind), DB_MEMBER(struct key_params, name),
              DB_MEMBER(struct key_params, secret), DB_MEMBER(struct key_params, retained_until),
              DB_MEMBER(struct key_params, is_active), DB_MEMBER(struct key_params, now));

static const struct db_record row =
    DB_RECORD(struct key, DB_MEMBER(struct key, id), DB_MEMBER(struct key, name), DB_MEMBER(struct key, is_active),
              DB_MEMBER(struct key, created), DB_MEMBER(struct key, rotated), DB_MEMBER(struct key, retained_until));

const struct db_statement key_sql_insert = {
    .name = "key_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created)"
           " SELECT " ACCOUNT_VALUES ", :id, :kind, :name, :secret, :now" FOR_ACCOUNT,
    .params = &params,
};

const struct db_statement key_sql_list = {
    .name = "key_list",
    .sql = "SELECT id, name, is_active, created, rotated, retained_until FROM orgd_credentials"
           " WHERE account_id = :account_id AND name IS NOT NULL ORDER BY name",
    .params = &params,
    .row = &row,
};

/* MariaDB assigns from left to right, so keep the digest before replacing it. */
const struct db_statement key_sql_rotate = {
    .name = "key_rotate",
    .sql = "UPDATE orgd_credentials SET retained_digest = IF(:retained_until IS NULL, NULL, secret_digest),"
           " retained_until = :retained_until, secret_digest = :secret, rotated = :now"
           " WHERE id = :id AND kind = 'api_key'",
    .params = &params,
};

const struct db_statement key_sql_set_active = {
    .name = "key_set_active",
    .sql = "UPDATE orgd_credentials SET is_active = :is_active WHERE id = :id AND kind = :kind",
    .params = &params,
};

const struct db_statement key_sql_delete = {
    .name = "key_delete",
    .sql = "DELETE FROM orgd_credentials WHERE id = :id AND kind = :kind",
    .params = &params,
};
