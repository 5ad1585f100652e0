#include "grant_sql.h"
#include "domain/access/caller_sql.h"

/* Authorization codes */

static const struct db_record code_params =
    DB_RECORD(struct code_params, DB_MEMBER(struct code_params, id), DB_MEMBER(struct code_params, digest),
              DB_MEMBER(struct code_params, client_id), DB_MEMBER(struct code_params, account_id),
              DB_MEMBER(struct code_params, session_id), DB_MEMBER(struct code_params, redirect_uri),
              DB_MEMBER(struct code_params, challenge), DB_MEMBER(struct code_params, grant_id),
              DB_MEMBER(struct code_params, now), DB_MEMBER(struct code_params, expires));

static const struct db_record code_row = DB_RECORD(
    struct code_row, DB_MEMBER(struct code_row, digest), DB_MEMBER(struct code_row, client_id),
    DB_MEMBER(struct code_row, account_id), DB_MEMBER(struct code_row, account_is_active),
    DB_MEMBER(struct code_row, session_id), DB_MEMBER(struct code_row, redirect_uri),
    DB_MEMBER(struct code_row, challenge), DB_MEMBER(struct code_row, wrong_verifiers),
    DB_MEMBER(struct code_row, used), DB_MEMBER(struct code_row, grant_id), DB_MEMBER(struct code_row, expires));

const struct db_statement grant_sql_code_insert = {
    .name = "grant_code_insert",
    .sql =
        "INSERT INTO orgd_authorization_codes (id, digest, client_id, account_id, session_id, redirect_uri, challenge,"
        " expires)"
        " VALUES (:id, :digest, :client_id, :account_id, :session_id, :redirect_uri, :challenge, :expires)",
    .params = &code_params,
    .is_repeatable = true,
};

const struct db_statement grant_sql_code_find = {
    .name = "grant_code_find",
    .sql = "SELECT k.digest, k.client_id, k.account_id, a.is_active AS account_is_active, k.session_id, k.redirect_uri,"
           " k.challenge, k.wrong_verifiers, k.used, k.grant_id, k.expires"
           " FROM orgd_authorization_codes k JOIN orgd_accounts a ON a.id = k.account_id WHERE k.id = :id FOR UPDATE",
    .params = &code_params,
    .row = &code_row,
};

const struct db_statement grant_sql_code_use = {
    .name = "grant_code_use",
    .sql = "UPDATE orgd_authorization_codes SET used = :now, grant_id = :grant_id WHERE id = :id",
    .params = &code_params,
};

const struct db_statement grant_sql_code_wrong = {
    .name = "grant_code_wrong",
    .sql = "UPDATE orgd_authorization_codes SET wrong_verifiers = wrong_verifiers + 1 WHERE id = :id",
    .params = &code_params,
};

const struct db_statement grant_sql_code_delete = {
    .name = "grant_code_delete",
    .sql = "DELETE FROM orgd_authorization_codes WHERE id = :id",
    .params = &code_params,
};

/* Grants */

static const struct db_record params =
    DB_RECORD(struct grant_params, DB_MEMBER(struct grant_params, id), DB_MEMBER(struct grant_params, account_id),
              DB_MEMBER(struct grant_params, client), DB_MEMBER(struct grant_params, session_id),
              DB_MEMBER(struct grant_params, digest), DB_MEMBER(struct grant_params, old_digest),
              DB_MEMBER(struct grant_params, now), DB_MEMBER(struct grant_params, expires));

static const struct db_record row = DB_RECORD(
    struct grant_row, DB_MEMBER_AS("secret_digest", struct grant_row, digest), DB_MEMBER(struct grant_row, client),
    DB_MEMBER(struct grant_row, account_id), DB_MEMBER(struct grant_row, username),
    DB_MEMBER(struct grant_row, is_active), DB_MEMBER(struct grant_row, expires));

static const struct db_record number_row =
    DB_RECORD(struct grant_number_row, DB_MEMBER(struct grant_number_row, number));

const struct db_statement grant_sql_insert = {
    .name = "grant_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, client, session_id, secret_digest, created,"
           " expires)"
           " SELECT " ACCOUNT_VALUES ", :id, 'grant', :client, :session_id, :digest, :now, :expires" FOR_ACCOUNT,
    .params = &params,
};

#define SELECT                                                                                                            \
    "SELECT c.secret_digest, c.client, a.id AS account_id, a.name AS username, a.is_active AND c.is_active AS is_active," \
    " c.expires"                                                                                                          \
    " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id WHERE c.id = :id AND c.kind = 'grant'"

const struct db_statement grant_sql_find = {
    .name = "grant_find",
    .sql = SELECT,
    .params = &params,
    .row = &row,
};

const struct db_statement grant_sql_find_for_update = {
    .name = "grant_find_for_update",
    .sql = SELECT " FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement grant_sql_rotate = {
    .name = "grant_rotate",
    .sql = "UPDATE orgd_credentials SET secret_digest = :digest, rotated = :now, expires = :expires WHERE id = :id",
    .params = &params,
};

const struct db_statement grant_sql_remember_used = {
    .name = "grant_remember_used",
    .sql = "INSERT INTO orgd_used_refresh_tokens (digest, credential_id) VALUES (:old_digest, :id)",
    .params = &params,
};

const struct db_statement grant_sql_was_used = {
    .name = "grant_was_used",
    .sql = "SELECT 1 AS number FROM orgd_used_refresh_tokens WHERE digest = :old_digest AND credential_id = :id",
    .params = &params,
    .row = &number_row,
};

const struct db_statement grant_sql_delete = {
    .name = "grant_delete",
    .sql = "DELETE FROM orgd_credentials WHERE id = :id AND kind = 'grant'",
    .params = &params,
};

const struct db_statement grant_sql_revoke = {
    .name = "grant_revoke",
    .sql = "DELETE FROM orgd_credentials WHERE id = :id AND kind = 'grant' AND client = :client",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement grant_sql_exists = {
    .name = "grant_exists",
    .sql = "SELECT 1 AS number FROM orgd_credentials WHERE id = :id",
    .params = &params,
    .row = &number_row,
};
