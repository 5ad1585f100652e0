#include "member_sql.h"

static const struct db_record params =
    DB_RECORD(struct member_params, DB_MEMBER(struct member_params, organization_id),
              DB_MEMBER(struct member_params, account_id), DB_MEMBER(struct member_params, own_roles));

static const struct db_record row =
    DB_RECORD(struct member, DB_MEMBER(struct member, id), DB_MEMBER(struct member, name),
              DB_MEMBER(struct member, is_service), DB_MEMBER(struct member, role), DB_MEMBER(struct member, is_owner));

static const struct db_record state_row =
    DB_RECORD(struct member_state_row, DB_MEMBER(struct member_state_row, organization),
              DB_MEMBER(struct member_state_row, name), DB_MEMBER(struct member_state_row, is_service),
              DB_MEMBER(struct member_state_row, is_owner), DB_MEMBER(struct member_state_row, is_member),
              DB_MEMBER(struct member_state_row, own_roles), DB_MEMBER(struct member_state_row, role));

const struct db_statement member_sql_lock = {
    .name = "member_lock",
    .sql =
        "SELECT o.name AS organization, a.name, a.kind = 'service' AS is_service, o.owner_id = a.id AS is_owner,"
        " m.account_id IS NOT NULL AS is_member, m.own_roles + 0 AS own_roles, m.own_roles AS role FROM orgd_organizations o JOIN orgd_accounts a"
        " LEFT JOIN orgd_memberships m ON m.organization_id = o.id AND m.account_id = a.id"
        " WHERE o.id = :organization_id AND o.ended IS NULL AND a.id = :account_id AND a.ended IS NULL FOR UPDATE",
    .params = &params,
    .row = &state_row,
};

/* The owner is an admin, whatever happens. A service account has roles in its own organization
 * alone: access_sql.h relies on it. */
const struct db_statement member_sql_set = {
    .name = "member_set",
    .sql = "INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
           " SELECT o.id, a.id, :own_roles, o.created, UTC_TIMESTAMP(6) FROM orgd_organizations o JOIN orgd_accounts a"
           " WHERE o.id = :organization_id AND o.ended IS NULL AND a.id = :account_id AND a.ended IS NULL"
           " AND (o.owner_id <> a.id OR :own_roles & " ROLE_ADMIN_SQL
           ") AND (a.organization_id IS NULL OR a.organization_id = o.id)"
           " ON DUPLICATE KEY UPDATE own_roles = VALUES(own_roles), mask = VALUES(mask)",
    .params = &params,
};

const struct db_statement member_sql_remove = {
    .name = "member_remove",
    .sql = "DELETE m FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
           " WHERE m.organization_id = :organization_id AND m.account_id = :account_id AND o.owner_id <> m.account_id",
    .params = &params,
};

const struct db_statement member_sql_list = {
    .name = "member_list",
    .sql = "SELECT a.id, a.name, a.kind = 'service' AS is_service, m.own_roles AS role, a.id = o.owner_id AS is_owner"
           " FROM orgd_memberships m JOIN orgd_accounts a ON a.id = m.account_id"
           " JOIN orgd_organizations o ON o.id = m.organization_id"
           " WHERE m.organization_id = :organization_id AND a.ended IS NULL ORDER BY a.name_key",
    .params = &params,
    .row = &row,
};
