#include "session_sql.h"
#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct session_params, DB_MEMBER(struct session_params, id), DB_MEMBER(struct session_params, account_id),
              DB_MEMBER(struct session_params, previous_id), DB_MEMBER(struct session_params, name_key),
              DB_MEMBER(struct session_params, hash), DB_MEMBER(struct session_params, cost),
              DB_MEMBER(struct session_params, verified_hash), DB_MEMBER(struct session_params, secret),
              DB_MEMBER(struct session_params, now), DB_MEMBER(struct session_params, expires));

static const struct db_record person_row = DB_RECORD(
    struct session_person_row, DB_MEMBER_AS("id", struct session_person_row, account_id),
    DB_MEMBER_AS("name", struct session_person_row, username), DB_MEMBER(struct session_person_row, is_active),
    DB_MEMBER(struct session_person_row, hash), DB_MEMBER(struct session_person_row, costliest));

static const struct db_record row =
    DB_RECORD(struct session_row, DB_MEMBER(struct session_row, id), DB_MEMBER(struct session_row, account_id),
              DB_MEMBER_AS("name", struct session_row, username),
              DB_MEMBER_AS("secret_digest", struct session_row, secret), DB_MEMBER(struct session_row, is_open));

const struct db_statement session_sql_person = {
    .name = "session_person",
    .sql = "SELECT a.id, a.name, a.is_active, p.hash,"
           " (SELECT LEFT(hash, 20) FROM orgd_passwords FORCE INDEX (orgd_passwords_cost)"
           " WHERE cost = (SELECT MAX(cost) FROM orgd_passwords) LIMIT 1) AS costliest"
           " FROM (SELECT 1) anybody LEFT JOIN orgd_accounts a ON a.id = " SESSION_CALLED
           " LEFT JOIN orgd_passwords p ON p.account_id = a.id",
    .params = &params,
    .row = &person_row,
};

#define FIND                                                                                                           \
    "SELECT s.id, s.account_id, a.name, s.secret_digest, s." CREDENTIAL_LIVES " AS is_open"                            \
    " FROM orgd_credentials s JOIN orgd_accounts a ON a.id = s.account_id WHERE s.id = :id"

const struct db_statement session_sql_find = {
    .name = "session_find",
    .sql = FIND " AND " SESSION_LIVES,
    .params = &params,
    .row = &row,
};

const struct db_statement session_sql_find_any = {
    .name = "session_find_any",
    .sql = FIND " AND s.kind = 'session'",
    .params = &params,
    .row = &row,
};

/* Whoever verified a password has read it long ago. Writes the row that a new password writes too, so that of the two
 * one comes first, on all nodes of a cluster. */
const struct db_statement session_sql_use_password = {
    .name = "session_use_password",
    .sql = "UPDATE orgd_passwords SET hash = :hash, cost = :cost, sign_ins = sign_ins + 1"
           " WHERE account_id = :account_id AND hash = :verified_hash",
    .params = &params,
};

const struct db_statement session_sql_insert = {
    .name = "session_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, secret_digest, created, expires)"
           " SELECT " ACCOUNT_VALUES ", :id, 'session', :secret, :now, :expires" FOR_ACCOUNT
           " AND a.is_active LOCK IN SHARE MODE",
    .params = &params,
};

const struct db_statement session_sql_end_oldest = {
    .name = "session_end_oldest",
    .sql = "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " CREDENTIAL_ENDS
           " WHERE kind = 'session' AND " OLDER_THAN_NEWEST("50", "n.kind = 'session'"),
    .params = &params,
};

const struct db_statement session_sql_take_over_grants = {
    .name = "session_take_over_grants",
    .sql = "UPDATE orgd_credentials SET session_id = :id WHERE session_id = :previous_id AND account_id = :account_id",
    .params = &params,
};

const struct db_statement session_sql_end = {
    .name = "session_end",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS " WHERE id = :id AND kind = 'session' AND " CREDENTIAL_LIVES,
    .params = &params,
};

const struct db_statement session_sql_end_grants = {
    .name = "session_end_grants",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS " WHERE session_id = :id",
    .params = &params,
};

const struct db_statement session_sql_end_links = {
    .name = "session_end_links",
    .sql = "DELETE FROM orgd_mailed_links WHERE account_id = :account_id",
    .params = &params,
};

#define END_ALL(statement_kind)                                                                                        \
    "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " CREDENTIAL_ENDS                                                  \
    " WHERE account_id = :account_id AND " CREDENTIAL_LIVES " AND kind = '" statement_kind "'"

const struct db_statement session_sql_end_all = {
    .name = "session_end_all",
    .sql = END_ALL("session"),
    .params = &params,
};

const struct db_statement session_sql_end_all_grants = {
    .name = "session_end_all_grants",
    .sql = END_ALL("grant"),
    .params = &params,
};

const struct db_statement session_sql_end_tokens = {
    .name = "session_end_tokens",
    .sql = "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " END_TOKENS
           " WHERE account_id = :account_id AND " CREDENTIAL_LIVES,
    .params = &params,
};

const struct db_statement session_sql_set_hash = {
    .name = "session_set_hash",
    .sql = "INSERT INTO orgd_passwords (account_id, hash, cost, changed) VALUES (:account_id, :hash, :cost, :now)"
           " ON DUPLICATE KEY UPDATE hash = VALUES(hash), cost = VALUES(cost), changed = VALUES(changed)",
    .params = &params,
};
