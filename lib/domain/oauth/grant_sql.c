#include "grant_sql.h"
#include "domain/access/caller_sql.h"
#include "domain/accounts/session_sql.h"

static const struct db_record params =
    DB_RECORD(struct grant_params, DB_MEMBER(struct grant_params, id), DB_MEMBER(struct grant_params, account_id),
              DB_MEMBER(struct grant_params, client), DB_MEMBER(struct grant_params, client_id),
              DB_MEMBER(struct grant_params, session_id), DB_MEMBER(struct grant_params, salt),
              DB_MEMBER(struct grant_params, generation), DB_MEMBER(struct grant_params, now),
              DB_MEMBER(struct grant_params, expires));

static const struct db_record number_row =
    DB_RECORD(struct grant_number_row, DB_MEMBER(struct grant_number_row, number));

const struct db_statement grant_sql_insert = {
    .name = "grant_insert",
    .sql =
        "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS
        ", id, kind, client, client_id, session_id, secret_digest, generation,"
        " refresh_number, created, expires)"
        " SELECT s.account_id, s.account_is_active, s.account_is_superuser, s.organization_id, :id, 'grant', :client, :client_id, s.id, :salt,"
        " :generation, 1, :now, :expires"
        " FROM orgd_credentials s WHERE s.id = :session_id AND s.account_id = :account_id AND " SESSION_LIVES
        " LOCK IN SHARE MODE",
    .params = &params,
};

/* 50 for one client, and 1,000 in all, since where `device_clients = any` a person may name any client. */
const struct db_statement grant_sql_end_oldest_of_client = {
    .name = "grant_end_oldest_of_client",
    .sql = "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " CREDENTIAL_ENDS
           " WHERE kind = 'grant' AND client = :client AND " OLDER_THAN_NEWEST(
               "50", "n.kind = 'grant' AND n.client = :client"),
    .params = &params,
};

const struct db_statement grant_sql_end_oldest = {
    .name = "grant_end_oldest",
    .sql = "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " CREDENTIAL_ENDS
           " WHERE kind = 'grant' AND " OLDER_THAN_NEWEST("1000", "n.kind = 'grant'"),
    .params = &params,
};

const struct db_statement grant_sql_exists = {
    .name = "grant_exists",
    .sql = "SELECT 1 AS number FROM orgd_credentials WHERE id = :id",
    .params = &params,
    .row = &number_row,
};

const struct db_statement grant_sql_end = {
    .name = "grant_end",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS " WHERE id = :id AND kind = 'grant' AND " CREDENTIAL_LIVES,
    .params = &params,
};

const struct db_statement grant_sql_revoke = {
    .name = "grant_revoke",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS
           " WHERE id = :id AND kind = 'grant' AND account_id = :account_id AND client = :client AND " CREDENTIAL_LIVES,
    .params = &params,
};
