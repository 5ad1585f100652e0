#include "client_sql.h"
#include "base/digest.h"

#define SELECT "SELECT id, name, secret_digest IS NOT NULL, secret_digest, redirect_uris, created FROM clients"

static const struct db_field id_params[] = {DB_FIELD(struct client_params, client.id)};
static const struct db_field columns[] = {
    DB_FIELD(struct client, id),     DB_FIELD(struct client, name),          DB_FIELD(struct client, is_confidential),
    DB_FIELD(struct client, secret), DB_FIELD(struct client, redirect_uris), DB_FIELD(struct client, created),
};

const struct db_statement client_sql_find = {
    .name = "client_find",
    .sql = SELECT " WHERE id = ?",
    DB_PARAMS(id_params),
    DB_COLUMNS(struct client, columns),
};

const struct db_statement client_sql_list = {
    .name = "client_list",
    .sql = SELECT " ORDER BY name_key",
    DB_COLUMNS(struct client, columns),
};

static const struct db_field confidential_params[] = {
    DB_FIELD(struct client_params, client.id),      DB_FIELD(struct client_params, client.name),
    DB_FIELD(struct client_params, name_key),       DB_FIELD(struct client_params, client.redirect_uris),
    DB_FIELD(struct client_params, client.created), DB_FIELD(struct client_params, client.secret),
};

const struct db_statement client_sql_insert_confidential = {
    .name = "client_insert_confidential",
    .sql = "INSERT INTO clients (id, name, name_key, redirect_uris, created, secret_digest) VALUES (?, ?, ?, ?, ?, ?)",
    DB_PARAMS(confidential_params),
    .is_repeatable = true,
};

static const struct db_field public_params[] = {
    DB_FIELD(struct client_params, client.id),      DB_FIELD(struct client_params, client.name),
    DB_FIELD(struct client_params, name_key),       DB_FIELD(struct client_params, client.redirect_uris),
    DB_FIELD(struct client_params, client.created),
};

const struct db_statement client_sql_insert_public = {
    .name = "client_insert_public",
    .sql = "INSERT INTO clients (id, name, name_key, redirect_uris, created) VALUES (?, ?, ?, ?, ?)",
    DB_PARAMS(public_params),
    .is_repeatable = true,
};

const struct db_statement client_sql_delete = {
    .name = "client_delete",
    .sql = "DELETE FROM clients WHERE id = ?",
    DB_PARAMS(id_params),
};

static const struct db_field id_text_params[] = {DB_FIELD(struct client_params, id_text)};

const struct db_statement client_sql_delete_grants = {
    .name = "client_delete_grants",
    .sql = "DELETE FROM credentials WHERE client = ? AND kind = 'grant'",
    DB_PARAMS(id_text_params),
};
