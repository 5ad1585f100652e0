#include "issuer_account_sql.h"

#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct issuer_account_params, DB_MEMBER(struct issuer_account_params, credential_id),
              DB_MEMBER(struct issuer_account_params, name_key), DB_MEMBER(struct issuer_account_params, now));
static const struct db_record row =
    DB_RECORD(struct issuer_account_row, DB_MEMBER_AS("id", struct issuer_account_row, credential_id));

const struct db_statement issuer_account_sql_find = {
    .name = "issuer_account_find",
    .sql = "SELECT c.id FROM orgd_credentials c WHERE c.id = :credential_id",
    .params = &params,
    .row = &row,
};

const struct db_statement issuer_account_sql_insert = {
    .name = "issuer_account_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created)"
           " SELECT " ACCOUNT_VALUES ", :credential_id, 'external', NULL, UNHEX(REPEAT('00', 32)), :now"
           " FROM orgd_accounts a WHERE a.name_key = :name_key AND a.kind = 'user'",
    .params = &params,
};
