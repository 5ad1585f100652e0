#include "account_sql.h"

#include "domain/access/caller_sql.h"

#define ACCOUNT_MEMBERS(struct_type)                                                                                   \
    DB_MEMBER_AS("id", struct_type, account.id), DB_MEMBER_AS("is_service", struct_type, account.is_service),          \
        DB_MEMBER_AS("name", struct_type, account.name), DB_MEMBER_AS("email", struct_type, account.email),            \
        DB_MEMBER_AS("full_name", struct_type, account.full_name),                                                     \
        DB_MEMBER_AS("is_active", struct_type, account.is_active),                                                     \
        DB_MEMBER_AS("is_superuser", struct_type, account.is_superuser),                                               \
        DB_MEMBER_AS("organizations_owned", struct_type, account.organizations_owned),                                 \
        DB_MEMBER_AS("organization_limit", struct_type, account.organization_limit),                                   \
        DB_MEMBER_AS("organization_id", struct_type, account.organization_id),                                         \
        DB_MEMBER_AS("organization", struct_type, account.organization),                                               \
        DB_MEMBER_AS("role", struct_type, account.role), DB_MEMBER_AS("created", struct_type, account.created)

static const struct db_record params =
    DB_RECORD(struct account_params, CALLER_MEMBERS(struct account_params, caller),
              ACCOUNT_MEMBERS(struct account_params), DB_MEMBER(struct account_params, kind),
              DB_MEMBER(struct account_params, name_key), DB_MEMBER(struct account_params, now));
static const struct db_record row = DB_RECORD(struct account_row, ACCOUNT_MEMBERS(struct account_row));

/* Reads the caller's own account, for GET /users/me. The names of the caller's columns come first. */
static const struct db_record caller_row =
    DB_RECORD(struct account_row, CALLER_ROW_MEMBERS(struct account_row, caller), ACCOUNT_MEMBERS(struct account_row));

const struct db_statement account_sql_of_credential = {
    .name = "account_of_credential",
    .sql = "SELECT " CALLER_COLUMNS ", a.id, a.organization_id, a.kind = 'service' AS is_service, a.name, a.email,"
           " a.full_name" CALLER_FROM " JOIN orgd_accounts a ON a.id = c.account_id" CALLER_WHERE,
    .params = &params,
    .row = &caller_row,
};

#define SELECT                                                                                                         \
    "SELECT a.id, a.kind = 'service' AS is_service, a.name, a.email, a.full_name, a.is_active, a.is_superuser,"        \
    " a.organizations_owned, COALESCE(a.organization_limit, -1) AS organization_limit, a.organization_id,"             \
    " o.name AS organization, m.role, a.created"                                                                       \
    " FROM orgd_accounts a LEFT JOIN orgd_organizations o ON o.id = a.organization_id"                                 \
    " LEFT JOIN orgd_memberships m ON m.organization_id = a.organization_id AND m.account_id = a.id"

const struct db_statement account_sql_find = {
    .name = "account_find",
    .sql = SELECT " WHERE a.name_key = :name_key AND a.kind = :kind",
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_list = {
    .name = "account_list",
    .sql = SELECT " WHERE a.kind = :kind AND (:organization_id IS NULL OR a.organization_id = :organization_id)"
                  " ORDER BY a.name_key",
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_insert = {
    .name = "account_insert",
    .sql = "INSERT INTO orgd_accounts (id, kind, name, name_key, email, full_name, is_superuser, organization_id,"
           " organization_limit, created, updated)"
           " VALUES (:id, :kind, :name, :name_key, :email, :full_name, :is_superuser, :organization_id,"
           " NULLIF(:organization_limit, -1), :now, :now)",
    .params = &params,
};

const struct db_statement account_sql_insert_service_membership = {
    .name = "account_insert_service_membership",
    .sql = "INSERT INTO orgd_memberships (organization_id, account_id, role, organization_created)"
           " SELECT o.id, :id, :role, o.created FROM orgd_organizations o WHERE o.id = :organization_id",
    .params = &params,
};

const struct db_statement account_sql_update = {
    .name = "account_update",
    .sql = "UPDATE orgd_accounts SET email = :email, full_name = :full_name, is_superuser = :is_superuser,"
           " organization_limit = NULLIF(:organization_limit, -1), updated = :now WHERE id = :id",
    .params = &params,
};

const struct db_statement account_sql_set_active = {
    .name = "account_set_active",
    .sql = "UPDATE orgd_accounts SET is_active = :is_active, updated = :now WHERE id = :id",
    .params = &params,
};

const struct db_statement account_sql_delete_service = {
    .name = "account_delete_service",
    .sql = "DELETE FROM orgd_accounts WHERE id = :id AND kind = 'service'",
    .params = &params,
};
