#include "key_sql.h"

#include "domain/access/caller_sql.h"

static const struct db_record params = DB_RECORD(
    struct key_params, DB_MEMBER(struct key_params, id), DB_MEMBER(struct key_params, account_id),
    DB_MEMBER(struct key_params, kind), DB_MEMBER(struct key_params, name), DB_MEMBER(struct key_params, secret),
    DB_MEMBER(struct key_params, retained_until), DB_MEMBER(struct key_params, is_active),
    DB_MEMBER(struct key_params, expires), DB_MEMBER(struct key_params, now));

static const struct db_record row =
    DB_RECORD(struct key, DB_MEMBER(struct key, id), DB_MEMBER(struct key, name), DB_MEMBER(struct key, is_active),
              DB_MEMBER(struct key, created), DB_MEMBER(struct key, rotated), DB_MEMBER(struct key, retained_until),
              DB_MEMBER(struct key, expires));

static const struct db_record owned_row =
    DB_RECORD(struct key_owned_row, DB_MEMBER_AS("id", struct key_owned_row, key.id),
              DB_MEMBER_AS("name", struct key_owned_row, key.name),
              DB_MEMBER_AS("is_active", struct key_owned_row, key.is_active),
              DB_MEMBER_AS("rotated", struct key_owned_row, key.rotated),
              DB_MEMBER_AS("retained_until", struct key_owned_row, key.retained_until),
              DB_MEMBER_AS("expires", struct key_owned_row, key.expires),
              DB_MEMBER_AS("account_id", struct key_owned_row, account.id),
              DB_MEMBER_AS("account_name", struct key_owned_row, account.name),
              DB_MEMBER_AS("is_service", struct key_owned_row, account.is_service),
              DB_MEMBER_AS("organization_id", struct key_owned_row, account.organization_id),
              DB_MEMBER_AS("organization", struct key_owned_row, account.organization));

const struct db_statement key_sql_insert = {
    .name = "key_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created, expires)"
           " SELECT " ACCOUNT_VALUES ", :id, :kind, :name, :secret, :now, :expires" FOR_ACCOUNT
           " AND (SELECT COUNT(*) FROM orgd_credentials n FORCE INDEX (orgd_credentials_standing)"
           " WHERE n.account_id = :account_id AND n.account_is_active IS NOT NULL AND n.name IS NOT NULL) < 100",
    .params = &params,
};

const struct db_statement key_sql_list = {
    .name = "key_list",
    .sql = "SELECT id, name, is_active, created, rotated, retained_until, expires FROM orgd_credentials"
           " WHERE account_id = :account_id AND name IS NOT NULL ORDER BY name",
    .params = &params,
    .row = &row,
};

/* A key ends with its organization, without being touched. */
#define KEY_LIVES " WHERE c.id = :id AND c.kind = :kind AND c." CREDENTIAL_LIVES " AND o.ended IS NULL"

const struct db_statement key_sql_find = {
    .name = "key_find",
    .sql = "SELECT c.id, c.name, c.is_active, c.created, c.rotated, c.retained_until, c.expires FROM orgd_credentials c"
           " LEFT JOIN orgd_organizations o ON o.id = c.organization_id" KEY_LIVES,
    .params = &params,
    .row = &row,
};

const struct db_statement key_sql_lock = {
    .name = "key_lock",
    .sql = "SELECT c.id, c.name, c.is_active, c.rotated, c.retained_until, c.expires, a.id AS account_id,"
           " a.name AS account_name, a.kind = 'service' AS is_service, a.organization_id, o.name AS organization"
           " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id"
           " LEFT JOIN orgd_organizations o ON o.id = c.organization_id" KEY_LIVES " FOR UPDATE",
    .params = &params,
    .row = &owned_row,
};

/* MariaDB assigns from left to right, so keep the digest before replacing it. The retained secret and the tokens made
 * of it have the generation before the current one. */
const struct db_statement key_sql_rotate = {
    .name = "key_rotate",
    .sql = "UPDATE orgd_credentials SET retained_digest = IF(:retained_until IS NULL, NULL, secret_digest),"
           " retained_until = :retained_until, secret_digest = :secret, rotated = :now, generation = generation + 1"
           " WHERE id = :id AND kind = 'api_key' AND " CREDENTIAL_LIVES,
    .params = &params,
};

const struct db_statement key_sql_set_active = {
    .name = "key_set_active",
    .sql = "UPDATE orgd_credentials SET is_active = :is_active, " END_TOKENS
           " WHERE id = :id AND kind = :kind AND is_active <> :is_active AND " CREDENTIAL_LIVES,
    .params = &params,
};

const struct db_statement key_sql_end = {
    .name = "key_end",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS " WHERE id = :id AND kind = :kind AND " CREDENTIAL_LIVES,
    .params = &params,
};
