#include "grant_sql.h"

#include "base/digest.h"
#include "domain/access/caller_sql.h"

/* Authorization codes */

static const struct db_field code_insert_params[] = {
    DB_FIELD(struct code_params, id),         DB_FIELD(struct code_params, digest),
    DB_FIELD(struct code_params, client_id),  DB_FIELD(struct code_params, account_id),
    DB_FIELD(struct code_params, session_id), DB_FIELD(struct code_params, redirect_uri),
    DB_FIELD(struct code_params, challenge),  DB_FIELD(struct code_params, expires),
};

const struct db_statement grant_sql_code_insert = {
    .name = "grant_code_insert",
    .sql =
        "INSERT INTO authorization_codes (id, digest, client_id, account_id, session_id, redirect_uri, challenge, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    DB_PARAMS(code_insert_params),
    .is_repeatable = true,
};

static const struct db_field code_id_params[] = {DB_FIELD(struct code_params, id)};
static const struct db_field code_columns[] = {
    DB_FIELD(struct code_row, digest),     DB_FIELD(struct code_row, client_id),
    DB_FIELD(struct code_row, account_id), DB_FIELD(struct code_row, account_is_active),
    DB_FIELD(struct code_row, session_id), DB_FIELD(struct code_row, redirect_uri),
    DB_FIELD(struct code_row, challenge),  DB_FIELD(struct code_row, wrong_verifiers),
    DB_FIELD(struct code_row, used),       DB_FIELD(struct code_row, grant_id),
    DB_FIELD(struct code_row, expires),
};

const struct db_statement grant_sql_code_find = {
    .name = "grant_code_find",
    .sql = "SELECT k.digest, k.client_id, k.account_id, a.is_active, k.session_id, k.redirect_uri, k.challenge,"
           " k.wrong_verifiers, k.used, k.grant_id, k.expires"
           " FROM authorization_codes k JOIN accounts a ON a.id = k.account_id WHERE k.id = ? FOR UPDATE",
    DB_PARAMS(code_id_params),
    DB_COLUMNS(struct code_row, code_columns),
};

static const struct db_field code_use_params[] = {
    DB_FIELD(struct code_params, now),
    DB_FIELD(struct code_params, grant_id),
    DB_FIELD(struct code_params, id),
};

const struct db_statement grant_sql_code_use = {
    .name = "grant_code_use",
    .sql = "UPDATE authorization_codes SET used = ?, grant_id = ? WHERE id = ?",
    DB_PARAMS(code_use_params),
};

const struct db_statement grant_sql_code_wrong = {
    .name = "grant_code_wrong",
    .sql = "UPDATE authorization_codes SET wrong_verifiers = wrong_verifiers + 1 WHERE id = ?",
    DB_PARAMS(code_id_params),
};

const struct db_statement grant_sql_code_delete = {
    .name = "grant_code_delete",
    .sql = "DELETE FROM authorization_codes WHERE id = ?",
    DB_PARAMS(code_id_params),
};

/* Grants */

static const struct db_field insert_params[] = {
    DB_FIELD(struct grant_params, id),         DB_FIELD(struct grant_params, client),
    DB_FIELD(struct grant_params, session_id), DB_FIELD(struct grant_params, digest),
    DB_FIELD(struct grant_params, now),        DB_FIELD(struct grant_params, expires),
    DB_FIELD(struct grant_params, account_id),
};

const struct db_statement grant_sql_insert = {
    .name = "grant_insert",
    .sql =
        "INSERT INTO credentials (" ACCOUNT_COLUMNS ", id, kind, client, session_id, secret_digest, created, expires)"
        " SELECT " ACCOUNT_VALUES ", ?, 'grant', ?, ?, ?, ?, ?" FOR_ACCOUNT,
    DB_PARAMS(insert_params),
};

static const struct db_field id_params[] = {DB_FIELD(struct grant_params, id)};
static const struct db_field columns[] = {
    DB_FIELD(struct grant_row, digest),   DB_FIELD(struct grant_row, client),    DB_FIELD(struct grant_row, account_id),
    DB_FIELD(struct grant_row, username), DB_FIELD(struct grant_row, is_active), DB_FIELD(struct grant_row, expires),
};

#define SELECT                                                                                                         \
    "SELECT c.secret_digest, c.client, a.id, a.name, a.is_active AND c.is_active, c.expires FROM credentials c"        \
    " JOIN accounts a ON a.id = c.account_id WHERE c.id = ? AND c.kind = 'grant'"

const struct db_statement grant_sql_find = {
    .name = "grant_find",
    .sql = SELECT,
    DB_PARAMS(id_params),
    DB_COLUMNS(struct grant_row, columns),
};

const struct db_statement grant_sql_find_for_update = {
    .name = "grant_find_for_update",
    .sql = SELECT " FOR UPDATE",
    DB_PARAMS(id_params),
    DB_COLUMNS(struct grant_row, columns),
};

static const struct db_field rotate_params[] = {
    DB_FIELD(struct grant_params, digest),
    DB_FIELD(struct grant_params, now),
    DB_FIELD(struct grant_params, expires),
    DB_FIELD(struct grant_params, id),
};

const struct db_statement grant_sql_rotate = {
    .name = "grant_rotate",
    .sql = "UPDATE credentials SET secret_digest = ?, rotated = ?, expires = ? WHERE id = ?",
    DB_PARAMS(rotate_params),
};

static const struct db_field used_params[] = {
    DB_FIELD(struct grant_params, old_digest),
    DB_FIELD(struct grant_params, id),
};
static const struct db_field number_columns[] = {DB_FIELD(struct grant_number_row, number)};

const struct db_statement grant_sql_remember_used = {
    .name = "grant_remember_used",
    .sql = "INSERT INTO used_refresh_tokens (digest, credential_id) VALUES (?, ?)",
    DB_PARAMS(used_params),
};

const struct db_statement grant_sql_was_used = {
    .name = "grant_was_used",
    .sql = "SELECT 1 FROM used_refresh_tokens WHERE digest = ? AND credential_id = ?",
    DB_PARAMS(used_params),
    DB_COLUMNS(struct grant_number_row, number_columns),
};

const struct db_statement grant_sql_delete = {
    .name = "grant_delete",
    .sql = "DELETE FROM credentials WHERE id = ? AND kind = 'grant'",
    DB_PARAMS(id_params),
};

static const struct db_field revoke_params[] = {
    DB_FIELD(struct grant_params, id),
    DB_FIELD(struct grant_params, client),
};

const struct db_statement grant_sql_revoke = {
    .name = "grant_revoke",
    .sql = "DELETE FROM credentials WHERE id = ? AND kind = 'grant' AND client = ?",
    DB_PARAMS(revoke_params),
    .is_repeatable = true,
};

const struct db_statement grant_sql_exists = {
    .name = "grant_exists",
    .sql = "SELECT 1 FROM credentials WHERE id = ?",
    DB_PARAMS(id_params),
    DB_COLUMNS(struct grant_number_row, number_columns),
};
