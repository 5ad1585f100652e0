#include "assignment_sql.h"

#include "head_sql.h"
#include "holder_sql.h"

static const struct db_record params =
    DB_RECORD(struct assignment_params, DB_MEMBER(struct assignment_params, organization_id),
              DB_MEMBER(struct assignment_params, role_id), DB_MEMBER(struct assignment_params, holder_id),
              DB_MEMBER(struct assignment_params, holder), DB_MEMBER(struct assignment_params, bit),
              DB_MEMBER(struct assignment_params, mask));
static const struct db_record list_params =
    DB_RECORD(struct assignment_list_params, CALLER_MEMBERS(struct assignment_list_params, caller),
              DB_MEMBER(struct assignment_list_params, role_id), DB_MEMBER(struct assignment_list_params, user_id),
              DB_MEMBER(struct assignment_list_params, team_id), DB_MEMBER(struct assignment_list_params, after),
              DB_MEMBER(struct assignment_list_params, offset), DB_MEMBER(struct assignment_list_params, limit),
              DB_MEMBER(struct assignment_list_params, end));
static const struct db_record list_row =
    DB_RECORD(struct assignment_list_row, LISTING_MEMBERS(struct assignment_list_row),
              ACCOUNT_MEMBERS(struct assignment_list_row), HOLDER_TEAM_MEMBERS(struct assignment_list_row));
static const struct db_record count_row =
    DB_RECORD(struct assignment_count_row, DB_MEMBER(struct assignment_count_row, total));

/* Writes */

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "assignment_" title,                                                                                   \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define MEMBER " WHERE organization_id = :organization_id AND account_id = :holder_id"
#define TEAM " WHERE id = :holder_id AND organization_id = :organization_id"
#define GIVE "own_roles = own_roles | :bit, mask = mask | :bit"
#define TAKE "own_roles = own_roles & ~:bit"
#define HAS_IT " AND own_roles & :bit <> 0"
#define LACKS_IT " AND own_roles & :bit = 0"

CHANGE(assignment_sql_give_member, "give_member", "UPDATE orgd_memberships SET " GIVE MEMBER LACKS_IT);
CHANGE(assignment_sql_give_team, "give_team", "UPDATE orgd_teams SET " GIVE TEAM LACKS_IT);
CHANGE(assignment_sql_take_member, "take_member", "UPDATE orgd_memberships SET " TAKE MEMBER HAS_IT);
CHANGE(assignment_sql_take_team, "take_team", "UPDATE orgd_teams SET " TAKE TEAM HAS_IT);
CHANGE(assignment_sql_insert, "insert",
       "INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
       " VALUES (:role_id, :holder_id, :holder, :organization_id)");
CHANGE(assignment_sql_remove, "remove",
       "DELETE FROM orgd_role_assignments WHERE role_id = :role_id AND holder_id = :holder_id");
CHANGE(assignment_sql_add_to_member, "add_to_member", "UPDATE orgd_memberships SET mask = mask | :mask" MEMBER);
CHANGE(assignment_sql_add_to_team, "add_to_team", "UPDATE orgd_teams SET mask = mask | :mask" TEAM);

/* Lists. Of a role of the system, the members and teams of the organization that have its bit; of another, its rows.
 * One of them is empty. What an account that has ended leaves behind is not shown. */

#define BIT "(SELECT (1 << " ROLE_NUMBER ") >> 1 FROM orgd_organizations v WHERE v.role_ids = " ROLE_IDS ")"
#define LIVES(account) "EXISTS (SELECT 1 FROM orgd_accounts b WHERE b.id = " account " AND b.ended IS NULL)"
#define MEMBERS                                                                                                        \
    "orgd_memberships n WHERE n.organization_id = " ORGANIZATION_OF_SYSTEM_ROLE " AND n.own_roles & " BIT              \
    " <> 0 AND (:user_id IS NULL OR n.account_id = :user_id) AND :team_id IS NULL AND " LIVES("n.account_id")
#define TEAMS                                                                                                          \
    "orgd_teams n WHERE n.organization_id = " ORGANIZATION_OF_SYSTEM_ROLE " AND n.own_roles & " BIT                    \
    " <> 0 AND (:team_id IS NULL OR n.id = :team_id) AND :user_id IS NULL"
#define ROWS                                                                                                           \
    "orgd_role_assignments n WHERE n.role_id = :role_id AND (:user_id IS NULL OR n.holder_id = :user_id)"              \
    " AND (:team_id IS NULL OR n.holder_id = :team_id) AND (n.holder = 'team' OR (n.holder = 'account' AND " LIVES(    \
        "n.holder_id") "))"
#define BRANCH(proof, source, key)                                                                                     \
    "(SELECT n." key " AS id FROM " source ACCESS_MAY_SEE(                                                             \
        proof, ORGANIZATION_OF_ROLE) " AND (:after IS NULL OR n." key " > :after) ORDER BY n." key " LIMIT :end)"
#define PAGE(proof)                                                                                                    \
    "SELECT q.id, NULL AS created FROM (" BRANCH(proof, MEMBERS, "account_id") " UNION ALL " BRANCH(                   \
        proof, TEAMS, "id") " UNION ALL " BRANCH(proof, ROWS,                                                          \
                                                 "holder_id") ") q ORDER BY q.id LIMIT :limit OFFSET :offset"
#define LIST(proof)                                                                                                    \
    "SELECT " LISTING_SELECT(proof) ", TRUE AS after_is_known, " ACCOUNT_SHOWN ", " HOLDER_TEAM_COLUMNS                \
    ACCESS_FROM(proof, "o.id = " ORGANIZATION_OF_ROLE) " LEFT JOIN (" PAGE(                                            \
        proof) ") l ON TRUE"                                                                                           \
               " LEFT JOIN orgd_accounts a ON a.id = l.id" ACCOUNT_JOINS                                               \
               " LEFT JOIN orgd_teams g ON g.id = l.id AND g.organization_id = o.id" CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(assignment_sql_list, "assignment_list", LIST, &list_params, &list_row);

#define COUNT(source) "(SELECT COUNT(*) FROM " source ")"

const struct db_statement assignment_sql_count = {
    .name = "assignment_count",
    .sql = "SELECT " COUNT(MEMBERS) " + " COUNT(TEAMS) " + " COUNT(ROWS) " AS total",
    .params = &list_params,
    .row = &count_row,
};
