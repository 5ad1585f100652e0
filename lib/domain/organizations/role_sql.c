#include "role_sql.h"

#include "head_sql.h"
#include "holder_sql.h"
#include "role_ids_sql.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): `member` is a name */
#define ROLE_MEMBERS(struct_type, member)                                                                              \
    DB_MEMBER_AS("id", struct_type, member.id), DB_MEMBER_AS("organization_id", struct_type, member.organization_id),  \
        DB_MEMBER_AS("name", struct_type, member.name), DB_MEMBER_AS("description", struct_type, member.description),  \
        DB_MEMBER_AS("mask", struct_type, member.mask), DB_MEMBER_AS("revision", struct_type, member.revision),        \
        DB_MEMBER_AS("created", struct_type, member.created), DB_MEMBER_AS("updated", struct_type, member.updated)
/* NOLINTEND(bugprone-macro-parentheses) */
#define ROLE_COLUMNS "r.id, r.organization_id, r.name, r.description, r.mask, r.revision, r.created, r.updated"

static const struct db_record params =
    DB_RECORD(struct role_params, CALLER_MEMBERS(struct role_params, caller), DB_MEMBER(struct role_params, role_id),
              ROLE_MEMBERS(struct role_params, role), DB_MEMBER(struct role_params, name_key),
              DB_MEMBER(struct role_params, previous_revision), DB_MEMBER(struct role_params, maximum),
              DB_MEMBER(struct role_params, now));
static const struct db_record row =
    DB_RECORD(struct role_row, ACCESS_ROW_MEMBERS(struct role_row, access), DB_MEMBER(struct role_row, organization),
              DB_MEMBER(struct role_row, organization_created), ROLE_MEMBERS(struct role_row, role));
static const struct db_record list_params =
    DB_RECORD(struct role_list_params, CALLER_MEMBERS(struct role_list_params, caller),
              DB_MEMBER(struct role_list_params, organization_id), DB_MEMBER(struct role_list_params, system_roles),
              DB_MEMBER(struct role_list_params, has_others), DB_MEMBER(struct role_list_params, name_key),
              DB_MEMBER(struct role_list_params, user_id), DB_MEMBER(struct role_list_params, team_id),
              DB_MEMBER(struct role_list_params, is_own), DB_MEMBER(struct role_list_params, own_id),
              DB_MEMBER(struct role_list_params, after), DB_MEMBER(struct role_list_params, after_time),
              DB_MEMBER(struct role_list_params, offset), DB_MEMBER(struct role_list_params, limit),
              DB_MEMBER(struct role_list_params, end));
static const struct db_record list_row =
    DB_RECORD(struct role_list_row, LISTING_MEMBERS(struct role_list_row),
              DB_MEMBER(struct role_list_row, organization_created), ROLE_MEMBERS(struct role_list_row, role));
static const struct db_record summary_row = DB_RECORD(
    struct role_summary_row, DB_MEMBER(struct role_summary_row, item_id),
    DB_MEMBER(struct role_summary_row, organization_created),
    DB_MEMBER_AS("organization", struct role_summary_row, summary.organization),
    DB_MEMBER_AS("members", struct role_summary_row, summary.members),
    DB_MEMBER_AS("teams", struct role_summary_row, summary.teams), ROLE_MEMBERS(struct role_summary_row, summary.role));
static const struct db_record use_row =
    DB_RECORD(struct role_use_row, DB_MEMBER(struct role_use_row, is_held), DB_MEMBER(struct role_use_row, is_assigned),
              DB_MEMBER(struct role_use_row, members_mask), DB_MEMBER(struct role_use_row, invitations_mask));

/* One role. Of one of the system's only the organization is found, whose id and the role's say which it is. */

#define OF_ORGANIZATION ", o.name AS organization, o.created AS organization_created, " ROLE_COLUMNS
#define MADE_THERE " LEFT JOIN orgd_roles r ON r.id = :role_id AND r.organization_id = o.id"
#define SEE(proof)                                                                                                     \
    "SELECT " ACCESS_SELECT(proof) OF_ORGANIZATION ACCESS_FROM(proof, "o.id = " ORGANIZATION_OF_ROLE) MADE_THERE       \
    CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(role_sql_see, "role_see", SEE, &params, &row);

const struct db_statement role_sql_see_as_operator = {
    .name = "role_see_as_operator",
    .sql = "SELECT " ACCESS_SEEN OF_ORGANIZATION " FROM orgd_organizations o" MADE_THERE
           " WHERE o.id = " ORGANIZATION_OF_ROLE " AND o.ended IS NULL",
    .params = &params,
    .row = &row,
};

/* Lists: first the system's, made of numbers, which are as old as the organization. */

#define SYSTEM_ROLE_ID "CONCAT(LEFT(z.id, 15), CHAR(ASCII(RIGHT(z.id, 1)) ^ n.number))"
#define IN_BITS(bits) " ((" bits " >> (n.number - 1)) & 1) = 1"
#define ROLES_OF_MEMBER(account)                                                                                       \
    "(SELECT w.own_roles + 0 FROM orgd_memberships w WHERE w.organization_id = :organization_id"                       \
    " AND w.account_id = " account ")"
#define ROLES_OF_TEAM                                                                                                  \
    "(SELECT w.own_roles + 0 FROM orgd_teams w WHERE w.id = :team_id AND w.organization_id = :organization_id)"
#define SYSTEM_ROLES(me)                                                                                                     \
    "orgd_organizations z JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"                 \
    " UNION ALL SELECT 5) n WHERE z.id = :organization_id AND" IN_BITS(":system_roles") " AND (:user_id IS NULL OR" IN_BITS( \
        ROLES_OF_MEMBER(":user_id")) ")"                                                                                     \
                                     " AND (:team_id IS NULL OR" IN_BITS(                                                    \
                                         ROLES_OF_TEAM) ")"                                                                  \
                                                        " AND (NOT :is_own OR" IN_BITS(ROLES_OF_MEMBER(me)) ")"

#define HELD_BY(kind, holder)                                                                                          \
    "EXISTS (SELECT 1 FROM orgd_role_assignments s WHERE s.role_id = r.id AND s.holder_id = " holder                   \
    " AND s.holder = '" kind "')"
#define OF_USER " AND (:user_id IS NULL OR " HELD_BY("account", ":user_id") ")"
#define OF_TEAM " AND (:team_id IS NULL OR " HELD_BY("team", ":team_id") ")"
#define OTHER_ROLES(me)                                                                                                \
    "orgd_roles r WHERE r.organization_id = :organization_id AND :has_others"                                          \
    " AND (:name_key IS NULL OR r.name_key = :name_key)" OF_USER OF_TEAM                                               \
    " AND (NOT :is_own OR " HELD_BY("account", me) ")"

#define KNOWN                                                                                                          \
    "COALESCE((SELECT k.created FROM orgd_roles k WHERE k.id = :after AND k.organization_id = :organization_id),"      \
    " (SELECT k.created FROM orgd_organizations k WHERE k.id = :organization_id"                                       \
    " AND k.role_ids = " ROLE_IDS_OF(":after") "))"
#define BEHIND(created, id)                                                                                            \
    " AND (:after IS NULL OR (" created " >= COALESCE(" KNOWN ", :after_time)"                                         \
    " AND (" created " > COALESCE(" KNOWN ", :after_time) OR " id " > :after)))"

#define ME(proof) "(SELECT c.account_id" CALLER_FROM(proof) CALLER_WHERE(proof) ")"
#define PAGE(proof)                                                                                                    \
    "SELECT q.id, q.created FROM ((SELECT " SYSTEM_ROLE_ID " AS id, z.created FROM " SYSTEM_ROLES(ME(proof))           \
        ACCESS_MAY_SEE(proof, ":organization_id")                                                                      \
            BEHIND("z.created", SYSTEM_ROLE_ID) ") UNION ALL (SELECT r.id, r.created FROM " OTHER_ROLES(ME(proof))     \
                ACCESS_MAY_SEE(proof, ":organization_id")                                                              \
                    BEHIND("r.created", "r.id") " ORDER BY r.created, r.id LIMIT :end)) q"                             \
                                                " ORDER BY q.created, q.id LIMIT :limit OFFSET :offset"
#define LIST(proof)                                                                                                    \
    "SELECT " LISTING_SELECT(proof) ", " KNOWN " IS NOT NULL AS after_is_known,"                                       \
                                    " o.created AS organization_created, " ROLE_COLUMNS                                \
                                    ACCESS_FROM(proof, "o.id = :organization_id") " LEFT JOIN (" PAGE(                 \
                                        proof) ") l ON TRUE LEFT JOIN orgd_roles r ON r.id = l.id" CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(role_sql_list, "role_list", LIST, &list_params, &list_row);

const struct db_statement role_sql_count = {
    .name = "role_count",
    .sql = "SELECT (SELECT COUNT(*) FROM " SYSTEM_ROLES(":own_id") ") + (SELECT COUNT(*) FROM " OTHER_ROLES(
        ":own_id") ") AS total",
    .params = &list_params,
    .row = &listing_count_row,
};

const struct db_statement role_sql_summaries = {
    .name = "role_summaries",
    .sql = "SELECT l.id AS item_id, o.name AS organization, o.created AS organization_created, " ROLE_COLUMNS
           ", (SELECT COUNT(*) FROM orgd_memberships m STRAIGHT_JOIN orgd_accounts a ON a.id = m.account_id"
           " WHERE m.organization_id = o.id AND m.own_roles & l.bit <> 0 AND a.ended IS NULL)"
           " + (SELECT COUNT(*) FROM orgd_role_assignments s STRAIGHT_JOIN orgd_accounts a ON a.id = s.holder_id"
           " WHERE s.role_id = l.id AND s.holder = 'account' AND a.ended IS NULL) AS members,"
           " (SELECT COUNT(*) FROM orgd_teams g WHERE g.organization_id = o.id AND g.own_roles & l.bit <> 0)"
           " + (SELECT COUNT(*) FROM orgd_role_assignments s WHERE s.role_id = l.id AND s.holder = 'team') AS teams"
           " FROM orgd_organizations o JOIN (SELECT " SYSTEM_ROLE_ID " AS id, z.created, (1 << n.number) >> 1 AS bit"
           " FROM " SYSTEM_ROLES("NULL") " UNION ALL SELECT r.id, r.created, 0 FROM " OTHER_ROLES(
               "NULL") ") l"
                       " LEFT JOIN orgd_roles r ON r.id = l.id WHERE o.id = :organization_id AND o.ended IS NULL"
                       " ORDER BY l.created, l.id",
    .params = &list_params,
    .row = &summary_row,
};

/* Writes */

const struct db_statement role_sql_insert = {
    .name = "role_insert",
    .sql =
        "INSERT INTO orgd_roles (id, organization_id, name, name_key, description, mask, revision, created, updated)"
        " SELECT :id, :organization_id, :name, :name_key, :description, :mask, :revision, :created, :updated FROM DUAL"
        " WHERE NOT EXISTS (SELECT 1 FROM orgd_organizations o WHERE o.role_ids = " ROLE_IDS_OF(
            ":id") ")"
                   " AND (SELECT COUNT(*) FROM orgd_roles n WHERE n.organization_id = :organization_id) < :maximum",
    .params = &params,
};

const struct db_statement role_sql_update = {
    .name = "role_update",
    .sql = "UPDATE orgd_roles SET name = :name, name_key = :name_key, description = :description, mask = :mask,"
           " revision = :revision, updated = :updated WHERE id = :id AND revision = :previous_revision",
    .params = &params,
};

const struct db_statement role_sql_delete = {
    .name = "role_delete",
    .sql = "DELETE FROM orgd_roles WHERE id = :id AND revision = :previous_revision",
    .params = &params,
};

/* Members who have no other role of their own. */
#define LAST_OF                                                                                                        \
    "orgd_role_assignments s STRAIGHT_JOIN orgd_memberships m ON m.organization_id = s.organization_id"                \
    " AND m.account_id = s.holder_id"
#define WHERE_LAST                                                                                                     \
    " WHERE s.role_id = :id AND m.own_roles = 0 AND NOT EXISTS (SELECT 1 FROM orgd_role_assignments x"                 \
    " WHERE x.holder_id = s.holder_id AND x.organization_id = s.organization_id AND x.role_id <> :id)"
/* Invitations that give no other role: all that are left with rows are open. */
#define LAST_OF_INVITATION                                                                                             \
    "orgd_role_assignments s STRAIGHT_JOIN orgd_invitations m FORCE INDEX (PRIMARY) ON m.id = s.holder_id"

/* Assignments of those who live. */
#define HELD                                                                                                           \
    " t.role_id = :id AND CASE t.holder WHEN 'account' THEN " HOLDER_ACCOUNT_LIVES(                                    \
        "t.holder_id") " WHEN 'invitation' THEN " HOLDER_INVITATION_LIVES("t.holder_id") " ELSE TRUE END"
#define TEAMS_OF_INVITATION                                                                                            \
    LAST_OF_INVITATION " STRAIGHT_JOIN orgd_team_members t ON t.holder_id = s.holder_id"                               \
                       " STRAIGHT_JOIN orgd_teams g FORCE INDEX (PRIMARY) ON g.id = t.team_id"

const struct db_statement role_sql_use = {
    .name = "role_use",
    .sql = "SELECT EXISTS (SELECT 1 FROM orgd_role_assignments t WHERE" HELD ") AS is_held,"
           " EXISTS (SELECT 1 FROM orgd_role_assignments t WHERE t.role_id = :id) AS is_assigned,"
           " (SELECT BIT_OR(m.mask) FROM " LAST_OF WHERE_LAST
           " AND " HOLDER_ACCOUNT_LIVES("s.holder_id") ") AS members_mask,"
                                                       " (SELECT BIT_OR(g.mask) FROM " TEAMS_OF_INVITATION WHERE_LAST
                                                       ") AS invitations_mask",
    .params = &params,
    .row = &use_row,
};

const struct db_statement role_sql_empty = {
    .name = "role_empty",
    .sql = "UPDATE orgd_roles SET mask = 0 WHERE id = :id",
    .params = &params,
};

const struct db_statement role_sql_end_team_members = {
    .name = "role_end_team_members",
    .sql = "DELETE t FROM " LAST_OF " STRAIGHT_JOIN orgd_team_members t ON t.holder_id = s.holder_id"
           " AND t.organization_id = s.organization_id" WHERE_LAST,
    .params = &params,
};

const struct db_statement role_sql_end_members = {
    .name = "role_end_members",
    .sql = "DELETE m FROM " LAST_OF WHERE_LAST,
    .params = &params,
};

const struct db_statement role_sql_leave_teams = {
    .name = "role_leave_teams",
    .sql = "DELETE t FROM " LAST_OF_INVITATION " STRAIGHT_JOIN orgd_team_members t ON t.holder_id = s.holder_id"
           " AND t.organization_id = s.organization_id" WHERE_LAST,
    .params = &params,
};

const struct db_statement role_sql_revoke = {
    .name = "role_revoke",
    .sql = "UPDATE " LAST_OF_INVITATION " SET m.status = 'revoked', m.is_open = NULL,"
           " m.kept_until = :now + INTERVAL " INVITATION_KEPT_SQL WHERE_LAST,
    .params = &params,
};
