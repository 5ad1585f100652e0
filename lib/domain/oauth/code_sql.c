#include "code_sql.h"

#include "domain/access/caller_sql.h"
#include "domain/accounts/session_sql.h"

static const struct db_record params =
    DB_RECORD(struct code_params, DB_MEMBER(struct code_params, id), DB_MEMBER(struct code_params, digest),
              DB_MEMBER(struct code_params, client_id), DB_MEMBER(struct code_params, account_id),
              DB_MEMBER(struct code_params, session_id), DB_MEMBER(struct code_params, redirect_uri),
              DB_MEMBER(struct code_params, challenge), DB_MEMBER(struct code_params, grant_id),
              DB_MEMBER(struct code_params, now), DB_MEMBER(struct code_params, expires));

static const struct db_record row = DB_RECORD(
    struct code_row, DB_MEMBER(struct code_row, digest), DB_MEMBER(struct code_row, client_id),
    DB_MEMBER(struct code_row, account_id), DB_MEMBER(struct code_row, session_counts),
    DB_MEMBER(struct code_row, session_id), DB_MEMBER(struct code_row, redirect_uri),
    DB_MEMBER(struct code_row, challenge), DB_MEMBER(struct code_row, wrong_verifiers),
    DB_MEMBER(struct code_row, used), DB_MEMBER(struct code_row, grant_id), DB_MEMBER(struct code_row, expires));

#define INSERT                                                                                                         \
    "INSERT INTO orgd_authorization_codes (id, digest, client_id, account_id, session_id, redirect_uri, challenge,"    \
    " expires)"                                                                                                        \
    " SELECT :id, :digest, k.id, s.account_id, s.id, :redirect_uri, :challenge, :expires"                              \
    " FROM orgd_credentials s JOIN orgd_clients k ON k.id = :client_id AND k.ended IS NULL"                            \
    " WHERE s.id = :session_id AND s.account_id = :account_id AND " SESSION_LIVES

const struct db_statement code_sql_insert = {
    .name = "code_insert",
    .sql = INSERT " LOCK IN SHARE MODE",
    .params = &params,
    .is_repeatable = true,
};

/* If people need not be asked about the client, or this one has let it in and has not ended that. */
const struct db_statement code_sql_insert_unasked = {
    .name = "code_insert_unasked",
    .sql = INSERT " AND (k.is_trusted OR EXISTS (SELECT 1 FROM orgd_credentials g" LIVE_OF_ACCOUNT
                  " WHERE g.client_id = k.id AND g.account_id = s.account_id AND g.kind = 'grant' AND g.is_active"
                  " AND g.account_is_active AND g.expires > :now)) LOCK IN SHARE MODE",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement code_sql_find = {
    .name = "code_find",
    .sql = "SELECT k.digest, k.client_id, k.account_id, s.account_is_active AS session_counts, k.session_id,"
           " k.redirect_uri, k.challenge, k.wrong_verifiers, k.used, k.grant_id, k.expires"
           " FROM orgd_authorization_codes k LEFT JOIN orgd_credentials s ON s.id = k.session_id"
           " WHERE k.id = :id FOR UPDATE",
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
