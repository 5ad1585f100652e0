#include "client_sql.h"

static const struct db_record params =
    DB_RECORD(struct client_params, DB_MEMBER_AS("id", struct client_params, client.id),
              DB_MEMBER(struct client_params, id_text), DB_MEMBER_AS("name", struct client_params, client.name),
              DB_MEMBER(struct client_params, name_key), DB_MEMBER_AS("secret", struct client_params, client.secret),
              DB_MEMBER_AS("redirect_uris", struct client_params, client.redirect_uris),
              DB_MEMBER_AS("created", struct client_params, client.created));

static const struct db_record row =
    DB_RECORD(struct client, DB_MEMBER(struct client, id), DB_MEMBER(struct client, name),
              DB_MEMBER(struct client, is_confidential), DB_MEMBER_AS("secret_digest", struct client, secret),
              DB_MEMBER(struct client, redirect_uris), DB_MEMBER(struct client, created));

#define SELECT                                                                                                         \
    "SELECT id, name, secret_digest IS NOT NULL AS is_confidential, secret_digest, redirect_uris, created"             \
    " FROM orgd_clients"

const struct db_statement client_sql_find = {
    .name = "client_find",
    .sql = SELECT " WHERE id = :id",
    .params = &params,
    .row = &row,
};

const struct db_statement client_sql_list = {
    .name = "client_list",
    .sql = SELECT " ORDER BY name_key",
    .row = &row,
};

const struct db_statement client_sql_insert_confidential = {
    .name = "client_insert_confidential",
    .sql = "INSERT INTO orgd_clients (id, name, name_key, redirect_uris, created, secret_digest)"
           " VALUES (:id, :name, :name_key, :redirect_uris, :created, :secret)",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement client_sql_insert_public = {
    .name = "client_insert_public",
    .sql = "INSERT INTO orgd_clients (id, name, name_key, redirect_uris, created)"
           " VALUES (:id, :name, :name_key, :redirect_uris, :created)",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement client_sql_delete = {
    .name = "client_delete",
    .sql = "DELETE FROM orgd_clients WHERE id = :id",
    .params = &params,
};

const struct db_statement client_sql_delete_grants = {
    .name = "client_delete_grants",
    .sql = "DELETE FROM orgd_credentials WHERE client = :id_text AND kind = 'grant'",
    .params = &params,
};
