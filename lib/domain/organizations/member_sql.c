#include "member_sql.h"

static const struct db_record params =
    DB_RECORD(struct member_params, DB_MEMBER(struct member_params, organization_id),
              DB_MEMBER(struct member_params, account_id), DB_MEMBER(struct member_params, role));

static const struct db_record row =
    DB_RECORD(struct member, DB_MEMBER(struct member, id), DB_MEMBER(struct member, name),
              DB_MEMBER(struct member, is_service), DB_MEMBER(struct member, role), DB_MEMBER(struct member, is_owner));

/* The owner's role is the first one, admin, whatever happens. A service account has roles in its own organization
 * alone: access_sql.h relies on it. */
#define INSERT                                                                                                         \
    "INSERT INTO orgd_memberships (organization_id, account_id, role, organization_created)"                           \
    " SELECT o.id, a.id, :role, o.created FROM orgd_organizations o JOIN orgd_accounts a"                              \
    " WHERE o.id = :organization_id AND o.ended IS NULL AND a.id = :account_id AND a.ended IS NULL"                    \
    " AND (o.owner_id <> a.id OR :role = 1) AND (a.organization_id IS NULL OR a.organization_id = o.id)"

const struct db_statement member_sql_add = {
    .name = "member_add",
    .sql = INSERT,
    .params = &params,
};

const struct db_statement member_sql_set = {
    .name = "member_set",
    .sql = INSERT " ON DUPLICATE KEY UPDATE role = VALUES(role)",
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
    .sql = "SELECT a.id, a.name, a.kind = 'service' AS is_service, m.role, a.id = o.owner_id AS is_owner"
           " FROM orgd_memberships m JOIN orgd_accounts a ON a.id = m.account_id"
           " JOIN orgd_organizations o ON o.id = m.organization_id"
           " WHERE m.organization_id = :organization_id AND a.ended IS NULL ORDER BY a.name_key",
    .params = &params,
    .row = &row,
};
