#include "holder_sql.h"

static const struct db_record params =
    DB_RECORD(struct holder_params, DB_MEMBER(struct holder_params, organization_id),
              DB_MEMBER(struct holder_params, holder_id), DB_MEMBER(struct holder_params, role_id));

#define ROLE_MEMBERS                                                                                                   \
    DB_MEMBER_AS("holder_own_roles", struct holder_state, own_roles),                                                  \
        DB_MEMBER_AS("holder_mask", struct holder_state, mask), DB_MEMBER(struct holder_state, has_role)

static const struct db_record account_row =
    DB_RECORD(struct holder_state, ACCOUNT_MEMBERS(struct holder_state), DB_MEMBER(struct holder_state, is_member),
              DB_MEMBER(struct holder_state, is_owner), ROLE_MEMBERS, DB_MEMBER(struct holder_state, roles_made),
              DB_MEMBER(struct holder_state, role_names));
static const struct db_record team_row =
    DB_RECORD(struct holder_state, HOLDER_TEAM_MEMBERS(struct holder_state), ROLE_MEMBERS);
static const struct db_record invitation_row =
    DB_RECORD(struct holder_state, INVITATION_MEMBERS(struct holder_state, invitation),
              DB_MEMBER(struct holder_state, has_role), DB_MEMBER(struct holder_state, roles_made));

#define HAS_ROLE                                                                                                       \
    "(SELECT COUNT(*) FROM orgd_role_assignments s WHERE s.role_id = :role_id AND s.holder_id = :holder_id) AS has_role"
#define ROLES_MADE                                                                                                     \
    "(SELECT COUNT(*) FROM orgd_role_assignments s WHERE s.holder_id = :holder_id"                                     \
    " AND s.organization_id = :organization_id) AS roles_made"

const struct db_statement holder_sql_account = {
    .name = "holder_account",
    .sql =
        "SELECT " ACCOUNT_SHOWN ", m.account_id IS NOT NULL AS is_member, o.owner_id = a.id AS is_owner,"
        " m.own_roles + 0 AS holder_own_roles, m.mask AS holder_mask,"
        " IF(m.account_id IS NULL, NULL, REPLACE(" HOLDER_ROLE_LINES(
            "m",
            "m.account_id") ", '\\n', ',')) AS role_names, " HAS_ROLE ", " ROLES_MADE
                            " FROM orgd_organizations o JOIN orgd_accounts a" ACCOUNT_JOINS
                            " LEFT JOIN orgd_memberships m ON m.organization_id = o.id AND m.account_id = a.id"
                            " WHERE o.id = :organization_id AND o.ended IS NULL AND a.id = :holder_id AND a.ended IS NULL"
                            " AND (a.organization_id IS NULL OR a.organization_id = o.id)",
    .params = &params,
    .row = &account_row,
};

const struct db_statement holder_sql_team = {
    .name = "holder_team",
    .sql = "SELECT " HOLDER_TEAM_COLUMNS ", g.own_roles + 0 AS holder_own_roles, g.mask AS holder_mask, " HAS_ROLE
           " FROM orgd_teams g WHERE g.id = :holder_id AND g.organization_id = :organization_id",
    .params = &params,
    .row = &team_row,
};

const struct db_statement holder_sql_invitation = {
    .name = "holder_invitation",
    .sql = "SELECT " INVITATION_SHOWN(
        "o") ", " HAS_ROLE ", " ROLES_MADE
             " FROM orgd_invitations t JOIN orgd_organizations o ON o.id = t.organization_id AND o.ended IS NULL"
             " WHERE t.id = :holder_id AND t.organization_id = :organization_id",
    .params = &params,
    .row = &invitation_row,
};
