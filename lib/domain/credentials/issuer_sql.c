#include "issuer_sql.h"

#include "base/digest.h"
#include "domain/access/caller_sql.h"

static const struct db_field find_params[] = {DB_FIELD(struct issuer_account_params, credential_id)};
static const struct db_field find_columns[] = {DB_FIELD(struct issuer_account_row, credential_id)};

const struct db_statement issuer_sql_find = {
    .name = "issuer_find",
    .sql = "SELECT c.id FROM credentials c WHERE c.id = ?",
    DB_PARAMS(find_params),
    DB_COLUMNS(struct issuer_account_row, find_columns),
};

static const struct db_field insert_params[] = {
    DB_FIELD(struct issuer_account_params, credential_id),
    DB_FIELD(struct issuer_account_params, now),
    DB_FIELD(struct issuer_account_params, name_key),
};

const struct db_statement issuer_sql_insert = {
    .name = "issuer_insert",
    .sql = "INSERT INTO credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created)"
           " SELECT " ACCOUNT_VALUES ", ?, 'external', NULL, UNHEX(REPEAT('00', 32)), ? FROM accounts a"
           " WHERE a.name_key = ? AND a.kind = 'user'",
    DB_PARAMS(insert_params),
};
