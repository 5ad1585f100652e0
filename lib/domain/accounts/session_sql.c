#include "session_sql.h"
#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct session_params, DB_MEMBER(struct session_params, id), DB_MEMBER(struct session_params, account_id),
              DB_MEMBER(struct session_params, name_key), DB_MEMBER(struct session_params, hash),
              DB_MEMBER(struct session_params, old_hash), DB_MEMBER(struct session_params, secret),
              DB_MEMBER(struct session_params, now), DB_MEMBER(struct session_params, expires));

static const struct db_record person_row =
    DB_RECORD(struct session_person_row, DB_MEMBER_AS("id", struct session_person_row, account_id),
              DB_MEMBER(struct session_person_row, is_active), DB_MEMBER(struct session_person_row, hash));

static const struct db_record row = DB_RECORD(
    struct session_row, DB_MEMBER(struct session_row, id), DB_MEMBER(struct session_row, account_id),
    DB_MEMBER_AS("name", struct session_row, username), DB_MEMBER_AS("secret_digest", struct session_row, secret));

const struct db_statement session_sql_person = {
    .name = "session_person",
    .sql = "SELECT a.id, a.is_active, p.hash FROM orgd_accounts a LEFT JOIN orgd_passwords p ON p.account_id = a.id"
           " WHERE a.name_key = :name_key AND a.kind = 'user'",
    .params = &params,
    .row = &person_row,
};

const struct db_statement session_sql_insert = {
    .name = "session_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, secret_digest, created, expires)"
           " SELECT " ACCOUNT_VALUES ", :id, 'session', :secret, :now, :expires" FOR_ACCOUNT,
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement session_sql_find = {
    .name = "session_find",
    .sql = "SELECT c.id, c.account_id, a.name, c.secret_digest"
           " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id"
           " WHERE c.id = :id AND c.kind = 'session' AND c.is_active AND a.is_active AND c.expires > :now",
    .params = &params,
    .row = &row,
};

const struct db_statement session_sql_delete = {
    .name = "session_delete",
    .sql = "DELETE FROM orgd_credentials WHERE id = :id AND kind = 'session'",
    .params = &params,
};

const struct db_statement session_sql_delete_grants = {
    .name = "session_delete_grants",
    .sql = "DELETE FROM orgd_credentials WHERE session_id = :id",
    .params = &params,
};

const struct db_statement session_sql_upgrade_hash = {
    .name = "session_upgrade_hash",
    .sql = "UPDATE orgd_passwords SET hash = :hash WHERE account_id = :account_id AND hash = :old_hash",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement session_sql_set_hash = {
    .name = "session_set_hash",
    .sql = "INSERT INTO orgd_passwords (account_id, hash, changed) VALUES (:account_id, :hash, :now)"
           " ON DUPLICATE KEY UPDATE hash = VALUES(hash), changed = VALUES(changed)",
    .params = &params,
};

const struct db_statement session_sql_end_all = {
    .name = "session_end_all",
    .sql = "DELETE FROM orgd_credentials WHERE account_id = :account_id AND kind IN ('session', 'grant')",
    .params = &params,
};
