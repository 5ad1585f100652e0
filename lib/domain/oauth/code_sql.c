#include "code_sql.h"

static const struct db_record params =
    DB_RECORD(struct code_params, DB_MEMBER(struct code_params, id), DB_MEMBER(struct code_params, digest),
              DB_MEMBER(struct code_params, client_id), DB_MEMBER(struct code_params, account_id),
              DB_MEMBER(struct code_params, session_id), DB_MEMBER(struct code_params, redirect_uri),
              DB_MEMBER(struct code_params, challenge), DB_MEMBER(struct code_params, grant_id),
              DB_MEMBER(struct code_params, now), DB_MEMBER(struct code_params, expires));

static const struct db_record row = DB_RECORD(
    struct code_row, DB_MEMBER(struct code_row, digest), DB_MEMBER(struct code_row, client_id),
    DB_MEMBER(struct code_row, account_id), DB_MEMBER(struct code_row, account_is_active),
    DB_MEMBER(struct code_row, session_id), DB_MEMBER(struct code_row, redirect_uri),
    DB_MEMBER(struct code_row, challenge), DB_MEMBER(struct code_row, wrong_verifiers),
    DB_MEMBER(struct code_row, used), DB_MEMBER(struct code_row, grant_id), DB_MEMBER(struct code_row, expires));

const struct db_statement code_sql_insert = {
    .name = "code_insert",
    .sql =
        "INSERT INTO orgd_authorization_codes (id, digest, client_id, account_id, session_id, redirect_uri, challenge,"
        " expires)"
        " VALUES (:id, :digest, :client_id, :account_id, :session_id, :redirect_uri, :challenge, :expires)",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement code_sql_find = {
    .name = "code_find",
    .sql = "SELECT k.digest, k.client_id, k.account_id, a.is_active AS account_is_active, k.session_id, k.redirect_uri,"
           " k.challenge, k.wrong_verifiers, k.used, k.grant_id, k.expires"
           " FROM orgd_authorization_codes k JOIN orgd_accounts a ON a.id = k.account_id WHERE k.id = :id FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement code_sql_use = {
    .name = "code_use",
    .sql = "UPDATE orgd_authorization_codes SET used = :now, grant_id = :grant_id WHERE id = :id",
    .params = &params,
};

const struct db_statement code_sql_count_wrong = {
    .name = "code_count_wrong",
    .sql = "UPDATE orgd_authorization_codes SET wrong_verifiers = wrong_verifiers + 1 WHERE id = :id",
    .params = &params,
};

const struct db_statement code_sql_delete = {
    .name = "code_delete",
    .sql = "DELETE FROM orgd_authorization_codes WHERE id = :id",
    .params = &params,
};
