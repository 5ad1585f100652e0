#include "mask_sql.h"

static const struct db_record params = DB_RECORD(
    struct mask_params, DB_MEMBER(struct mask_params, organization_id), DB_MEMBER(struct mask_params, holder_id),
    DB_MEMBER(struct mask_params, role_id), DB_MEMBER(struct mask_params, bits));
static const struct db_record piece_params =
    DB_RECORD(struct mask_piece_params, DB_MEMBER(struct mask_piece_params, organization_id),
              DB_MEMBER(struct mask_piece_params, holder_id), DB_MEMBER(struct mask_piece_params, last_organization_id),
              DB_MEMBER(struct mask_piece_params, last_holder_id), DB_MEMBER(struct mask_piece_params, count));
static const struct db_record end_row = DB_RECORD(struct mask_end_row, DB_MEMBER(struct mask_end_row, organization_id),
                                                  DB_MEMBER(struct mask_end_row, holder_id));
static const struct db_record fault_row = DB_RECORD(
    struct mask_fault, DB_MEMBER(struct mask_fault, organization_id), DB_MEMBER(struct mask_fault, organization),
    DB_MEMBER(struct mask_fault, holder_id), DB_MEMBER(struct mask_fault, name), DB_MEMBER(struct mask_fault, is_team),
    DB_MEMBER(struct mask_fault, is_service), DB_MEMBER(struct mask_fault, mask),
    DB_MEMBER(struct mask_fault, expected));

#define MEMBER_MASK MASK_OF_MEMBER("m.own_roles", "m.account_id", "m.organization_id")
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

/* Pieces. A comparison of two pairs is written out, since MariaDB reads no range of an index by one. */
#define FROM_MEMBER                                                                                                    \
    "(:organization_id IS NULL OR (m.organization_id >= :organization_id"                                              \
    " AND (m.organization_id > :organization_id OR m.account_id > :holder_id)))"
#define TO_MEMBER                                                                                                      \
    "m.organization_id <= :last_organization_id"                                                                       \
    " AND (m.organization_id < :last_organization_id OR m.account_id <= :last_holder_id)"
#define FROM_TEAM "(:holder_id IS NULL OR g.id > :holder_id)"

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define READ(symbol, title, record, text)                                                                              \
    const struct db_statement symbol = {                                                                               \
        .name = "mask_" title,                                                                                         \
        .sql = "SELECT " text,                                                                                         \
        .params = &piece_params,                                                                                       \
        .row = &(record),                                                                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

READ(
    mask_sql_end_of_members, "end_of_members", end_row,
    "q.organization_id, q.holder_id FROM (SELECT m.organization_id, m.account_id AS holder_id"
    " FROM orgd_memberships m FORCE INDEX (PRIMARY) WHERE " FROM_MEMBER
    " ORDER BY m.organization_id, m.account_id LIMIT :count) q ORDER BY q.organization_id DESC, q.holder_id DESC LIMIT 1");
READ(mask_sql_end_of_teams, "end_of_teams", end_row,
     "q.organization_id, q.holder_id FROM (SELECT g.organization_id, g.id AS holder_id"
     " FROM orgd_teams g FORCE INDEX (PRIMARY) WHERE " FROM_TEAM
     " ORDER BY g.id LIMIT :count) q ORDER BY q.holder_id DESC LIMIT 1");

#define WRONG_MEMBERS(condition)                                                                                       \
    "m.organization_id, o.name AS organization, a.id AS holder_id, a.name, FALSE AS is_team,"                          \
    " a.kind = 'service' AS is_service, m.mask, " MEMBER_MASK                                                          \
    " AS expected FROM orgd_memberships m FORCE INDEX (PRIMARY)"                                                       \
    " STRAIGHT_JOIN orgd_organizations o ON o.id = m.organization_id"                                                  \
    " STRAIGHT_JOIN orgd_accounts a ON a.id = m.account_id WHERE " condition                                           \
    " AND o.ended IS NULL AND a.ended IS NULL AND m.mask <> " MEMBER_MASK
#define WRONG_TEAMS(condition)                                                                                         \
    "g.organization_id, o.name AS organization, g.id AS holder_id, g.name, TRUE AS is_team, FALSE AS is_service,"      \
    " g.mask, " TEAM_MASK " AS expected FROM orgd_teams g FORCE INDEX (PRIMARY)"                                       \
    " STRAIGHT_JOIN orgd_organizations o ON o.id = g.organization_id WHERE " condition                                 \
    " AND o.ended IS NULL AND g.mask <> " TEAM_MASK

READ(mask_sql_wrong_members, "wrong_members", fault_row, WRONG_MEMBERS(FROM_MEMBER " AND " TO_MEMBER));
READ(mask_sql_wrong_teams, "wrong_teams", fault_row, WRONG_TEAMS(FROM_TEAM " AND g.id <= :last_holder_id"));
READ(mask_sql_wrong_member, "wrong_member", fault_row,
     WRONG_MEMBERS("m.organization_id = :organization_id AND m.account_id = :holder_id"));
READ(mask_sql_wrong_team, "wrong_team", fault_row, WRONG_TEAMS("g.id = :holder_id"));
