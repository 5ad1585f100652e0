#include "session_sql.h"

#include "base/digest.h"
#include "domain/access/caller_sql.h"

static const struct db_field person_params[] = {DB_FIELD(struct session_params, name_key)};
static const struct db_field person_columns[] = {
    DB_FIELD(struct session_person_row, account_id),
    DB_FIELD(struct session_person_row, is_active),
    DB_FIELD(struct session_person_row, hash),
};

const struct db_statement session_sql_person = {
    .name = "session_person",
    .sql = "SELECT a.id, a.is_active, p.hash FROM accounts a LEFT JOIN passwords p ON p.account_id = a.id"
           " WHERE a.name_key = ? AND a.kind = 'user'",
    DB_PARAMS(person_params),
    DB_COLUMNS(struct session_person_row, person_columns),
};

static const struct db_field insert_params[] = {
    DB_FIELD(struct session_params, id),         DB_FIELD(struct session_params, secret),
    DB_FIELD(struct session_params, now),        DB_FIELD(struct session_params, expires),
    DB_FIELD(struct session_params, account_id),
};

const struct db_statement session_sql_insert = {
    .name = "session_insert",
    .sql = "INSERT INTO credentials (" ACCOUNT_COLUMNS ", id, kind, secret_digest, created, expires)"
           " SELECT " ACCOUNT_VALUES ", ?, 'session', ?, ?, ?" FOR_ACCOUNT,
    DB_PARAMS(insert_params),
    .is_repeatable = true,
};

static const struct db_field find_params[] = {
    DB_FIELD(struct session_params, id),
    DB_FIELD(struct session_params, now),
};

static const struct db_field find_columns[] = {
    DB_FIELD(struct session_row, id),
    DB_FIELD(struct session_row, account_id),
    DB_FIELD(struct session_row, username),
    DB_FIELD(struct session_row, secret),
};

const struct db_statement session_sql_find = {
    .name = "session_find",
    .sql = "SELECT c.id, a.id, a.name, c.secret_digest FROM credentials c JOIN accounts a ON a.id = c.account_id"
           " WHERE c.id = ? AND c.kind = 'session' AND c.is_active AND a.is_active AND c.expires > ?",
    DB_PARAMS(find_params),
    DB_COLUMNS(struct session_row, find_columns),
};

static const struct db_field id_params[] = {DB_FIELD(struct session_params, id)};

const struct db_statement session_sql_delete = {
    .name = "session_delete",
    .sql = "DELETE FROM credentials WHERE id = ? AND kind = 'session'",
    DB_PARAMS(id_params),
};

const struct db_statement session_sql_delete_grants = {
    .name = "session_delete_grants",
    .sql = "DELETE FROM credentials WHERE session_id = ?",
    DB_PARAMS(id_params),
};

static const struct db_field upgrade_params[] = {
    DB_FIELD(struct session_params, hash),
    DB_FIELD(struct session_params, account_id),
    DB_FIELD(struct session_params, old_hash),
};

const struct db_statement session_sql_upgrade_hash = {
    .name = "session_upgrade_hash",
    .sql = "UPDATE passwords SET hash = ? WHERE account_id = ? AND hash = ?",
    DB_PARAMS(upgrade_params),
    .is_repeatable = true,
};

static const struct db_field set_hash_params[] = {
    DB_FIELD(struct session_params, account_id),
    DB_FIELD(struct session_params, hash),
    DB_FIELD(struct session_params, now),
};

const struct db_statement session_sql_set_hash = {
    .name = "session_set_hash",
    .sql = "INSERT INTO passwords (account_id, hash, changed) VALUES (?, ?, ?)"
           " ON DUPLICATE KEY UPDATE hash = VALUES(hash), changed = VALUES(changed)",
    DB_PARAMS(set_hash_params),
};

static const struct db_field end_all_params[] = {DB_FIELD(struct session_params, account_id)};

const struct db_statement session_sql_end_all = {
    .name = "session_end_all",
    .sql = "DELETE FROM credentials WHERE account_id = ? AND kind IN ('session', 'grant')",
    DB_PARAMS(end_all_params),
};

/* What has expired stays for a day, so that using it twice can still be told from making it up. */

static const struct db_field purge_params[] = {DB_FIELD(struct session_params, expires)};

const struct db_statement session_sql_purge_credentials = {
    .name = "session_purge_credentials",
    .sql = "DELETE FROM credentials WHERE expires < ? LIMIT 1000",
    DB_PARAMS(purge_params),
    .is_repeatable = true,
};

const struct db_statement session_sql_purge_codes = {
    .name = "session_purge_codes",
    .sql = "DELETE FROM authorization_codes WHERE expires < ? LIMIT 1000",
    DB_PARAMS(purge_params),
    .is_repeatable = true,
};

const struct db_statement session_sql_purge_devices = {
    .name = "session_purge_devices",
    .sql = "DELETE FROM device_codes WHERE expires < ? LIMIT 1000",
    DB_PARAMS(purge_params),
    .is_repeatable = true,
};

const struct db_statement session_sql_purge_attempts = {
    .name = "session_purge_attempts",
    .sql = "DELETE FROM attempts WHERE last < ? LIMIT 1000",
    DB_PARAMS(purge_params),
    .is_repeatable = true,
};
