#include "mask_sql.h"

static const struct db_record params = DB_RECORD(
    struct mask_params, DB_MEMBER(struct mask_params, organization_id), DB_MEMBER(struct mask_params, holder_id),
    DB_MEMBER(struct mask_params, role_id), DB_MEMBER(struct mask_params, bits));
static const struct db_record fault_row =
    DB_RECORD(struct mask_fault_row, DB_MEMBER(struct mask_fault_row, organization_id),
              DB_MEMBER(struct mask_fault_row, holder_id), DB_MEMBER(struct mask_fault_row, mask),
              DB_MEMBER(struct mask_fault_row, expected));

/* Bit 8, organization:read, is in each member's mask, so that all can see the organization. */
#define MEMBER_MASK                                                                                                    \
    "(256 | m.own_roles | " MASK_ASSIGNED("m.account_id", "m.organization_id") " | " MASK_OF_TEAMS(                    \
        "m.account_id", "m.organization_id") ")"
#define TEAM_MASK "(g.own_roles | " MASK_ASSIGNED("g.id", "g.organization_id") ")"

#define UPDATE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "mask_" title,                                                                                         \
        .sql = "UPDATE " text,                                                                                         \
        .params = &params,                                                                                             \
    }
#define MEMBERS                                                                                                        \
    " STRAIGHT_JOIN orgd_memberships m ON m.organization_id = t.organization_id AND m.account_id = t.holder_id"

UPDATE(mask_sql_member, "member",
       "orgd_memberships m SET m.mask = " MEMBER_MASK
       " WHERE m.organization_id = :organization_id AND m.account_id = :holder_id");
UPDATE(mask_sql_team, "team", "orgd_teams g SET g.mask = " TEAM_MASK " WHERE g.id = :holder_id");
UPDATE(mask_sql_team_members, "team_members",
       "orgd_team_members t" MEMBERS " SET m.mask = " MEMBER_MASK " WHERE t.team_id = :holder_id");
UPDATE(
    mask_sql_role_teams, "role_teams",
    "orgd_role_assignments t STRAIGHT_JOIN orgd_teams g FORCE INDEX (PRIMARY) ON g.id = t.holder_id SET g.mask = " TEAM_MASK
    " WHERE t.role_id = :role_id");
UPDATE(mask_sql_role_members, "role_members",
       "orgd_role_assignments t" MEMBERS " SET m.mask = " MEMBER_MASK " WHERE t.role_id = :role_id");
/* Each member once, in however many of the teams. */
UPDATE(mask_sql_role_team_members, "role_team_members",
       "(SELECT DISTINCT n.organization_id, n.holder_id FROM orgd_role_assignments s"
       " STRAIGHT_JOIN orgd_team_members n ON n.team_id = s.holder_id WHERE s.role_id = :role_id) t" MEMBERS
       " SET m.mask = " MEMBER_MASK);
UPDATE(mask_sql_give_team_members, "give_team_members",
       "orgd_team_members t" MEMBERS " SET m.mask = m.mask | :bits WHERE t.team_id = :holder_id");

const struct db_statement mask_sql_wrong_members = {
    .name = "mask_wrong_members",
    .sql = "SELECT m.organization_id, m.account_id AS holder_id, m.mask, " MEMBER_MASK " AS expected"
           " FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
           " JOIN orgd_accounts a ON a.id = m.account_id"
           " WHERE o.ended IS NULL AND a.ended IS NULL AND m.mask <> " MEMBER_MASK " LIMIT 100",
    .params = &params,
    .row = &fault_row,
};

const struct db_statement mask_sql_wrong_teams = {
    .name = "mask_wrong_teams",
    .sql = "SELECT g.organization_id, g.id AS holder_id, g.mask, " TEAM_MASK " AS expected"
           " FROM orgd_teams g JOIN orgd_organizations o ON o.id = g.organization_id"
           " WHERE o.ended IS NULL AND g.mask <> " TEAM_MASK " LIMIT 100",
    .params = &params,
    .row = &fault_row,
};
