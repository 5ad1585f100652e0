#include "client_sql.h"

#include "domain/access/caller_sql.h"

static const struct db_record params =
    DB_RECORD(struct client_params, DB_MEMBER_AS("id", struct client_params, client.id),
              DB_MEMBER_AS("name", struct client_params, client.name), DB_MEMBER(struct client_params, name_key),
              DB_MEMBER_AS("secret", struct client_params, client.secret),
              DB_MEMBER_AS("redirect_uris", struct client_params, client.redirect_uris),
              DB_MEMBER_AS("has_device_grant", struct client_params, client.has_device_grant),
              DB_MEMBER_AS("is_trusted", struct client_params, client.is_trusted),
              DB_MEMBER_AS("is_resource_server", struct client_params, client.is_resource_server),
              DB_MEMBER_AS("created", struct client_params, client.created),
              DB_MEMBER(struct client_params, claimed_name), DB_MEMBER(struct client_params, now));

static const struct db_record row =
    DB_RECORD(struct client, DB_MEMBER(struct client, id), DB_MEMBER(struct client, name),
              DB_MEMBER(struct client, is_confidential), DB_MEMBER_AS("secret_digest", struct client, secret),
              DB_MEMBER(struct client, redirect_uris), DB_MEMBER(struct client, has_device_grant),
              DB_MEMBER(struct client, is_trusted), DB_MEMBER(struct client, is_resource_server),
              DB_MEMBER(struct client, created));

static const struct db_record number_row =
    DB_RECORD(struct client_number_row, DB_MEMBER(struct client_number_row, number));

#define SELECT                                                                                                         \
    "SELECT id, name, secret_digest IS NOT NULL AS is_confidential, secret_digest, redirect_uris,"                     \
    " has_device_grant, is_trusted, is_resource_server, created FROM orgd_clients"

#define COLUMNS                                                                                                        \
    "id, name, name_key, redirect_uris, has_device_grant, is_trusted, is_resource_server, created, secret_digest"
#define VALUES ":id, :name, :name_key, :redirect_uris, :has_device_grant, :is_trusted, :is_resource_server, :created"

const struct db_statement client_sql_find = {
    .name = "client_find",
    .sql = SELECT " WHERE id = :id AND ended IS NULL",
    .params = &params,
    .row = &row,
};

const struct db_statement client_sql_lock = {
    .name = "client_lock",
    .sql = SELECT " WHERE id = :id AND ended IS NULL FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement client_sql_list = {
    .name = "client_list",
    .sql = SELECT " WHERE ended IS NULL ORDER BY name_key",
    .row = &row,
};

const struct db_statement client_sql_find_named_in = {
    .name = "client_find_named_in",
    .sql = "SELECT 1 AS number FROM orgd_clients WHERE LOCATE(name_key, :claimed_name) > 0 LIMIT 1",
    .params = &params,
    .row = &number_row,
};

const struct db_statement client_sql_insert_confidential = {
    .name = "client_insert_confidential",
    .sql = "INSERT INTO orgd_clients (" COLUMNS ") VALUES (" VALUES ", :secret)",
    .params = &params,
};

const struct db_statement client_sql_insert_public = {
    .name = "client_insert_public",
    .sql = "INSERT INTO orgd_clients (" COLUMNS ") VALUES (" VALUES ", NULL)",
    .params = &params,
};

const struct db_statement client_sql_end = {
    .name = "client_end",
    .sql = "UPDATE orgd_clients SET ended = :now, name_key = " NO_NAME_KEY " WHERE id = :id AND ended IS NULL",
    .params = &params,
};
