#include "grant_sql.h"
#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct grant_params, DB_MEMBER(struct grant_params, id), DB_MEMBER(struct grant_params, account_id),
              DB_MEMBER(struct grant_params, client), DB_MEMBER(struct grant_params, session_id),
              DB_MEMBER(struct grant_params, digest), DB_MEMBER(struct grant_params, now),
              DB_MEMBER(struct grant_params, expires));

static const struct db_record number_row =
    DB_RECORD(struct grant_number_row, DB_MEMBER(struct grant_number_row, number));

const struct db_statement grant_sql_insert = {
    .name = "grant_insert",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, client, session_id, secret_digest, created,"
           " expires)"
           " SELECT " ACCOUNT_VALUES ", :id, 'grant', :client, :session_id, :digest, :now, :expires" FOR_ACCOUNT,
    .params = &params,
};

const struct db_statement grant_sql_exists = {
    .name = "grant_exists",
    .sql = "SELECT 1 AS number FROM orgd_credentials WHERE id = :id",
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
