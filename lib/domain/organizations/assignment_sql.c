#include "assignment_sql.h"

#include "head_sql.h"
#include "holder_sql.h"

static const struct db_record params =
    DB_RECORD(struct assignment_params, DB_MEMBER(struct assignment_params, organization_id),
              DB_MEMBER(struct assignment_params, role_id), DB_MEMBER(struct assignment_params, holder_id),
              DB_MEMBER(struct assignment_params, holder), DB_MEMBER(struct assignment_params, bit),
              DB_MEMBER(struct assignment_params, mask), DB_MEMBER(struct assignment_params, maximum));
static const struct db_record list_params = DB_RECORD(
    struct assignment_list_params, CALLER_MEMBERS(struct assignment_list_params, caller),
    DB_MEMBER(struct assignment_list_params, role_id), DB_MEMBER(struct assignment_list_params, user_id),
    DB_MEMBER(struct assignment_list_params, team_id), DB_MEMBER(struct assignment_list_params, invitation_id),
    DB_MEMBER(struct assignment_list_params, invitation_readers),
    DB_MEMBER(struct assignment_list_params, reads_invitations), DB_MEMBER(struct assignment_list_params, now),
    DB_MEMBER(struct assignment_list_params, after), DB_MEMBER(struct assignment_list_params, offset),
    DB_MEMBER(struct assignment_list_params, limit), DB_MEMBER(struct assignment_list_params, end));
static const struct db_record list_row =
    DB_RECORD(struct assignment_list_row, LISTING_MEMBERS(struct assignment_list_row),
              ACCOUNT_MEMBERS(struct assignment_list_row), HOLDER_TEAM_MEMBERS(struct assignment_list_row),
              INVITATION_MEMBERS(struct assignment_list_row, invitation));

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
#define TEAM_OR_INVITATION " WHERE id = :holder_id AND organization_id = :organization_id"
#define GIVE "own_roles = own_roles | :bit, mask = mask | :bit"
#define TAKE "own_roles = own_roles & ~:bit"
#define HAS_IT " AND own_roles & :bit <> 0"
#define LACKS_IT " AND own_roles & :bit = 0"

CHANGE(assignment_sql_give_member, "give_member", "UPDATE orgd_memberships SET " GIVE MEMBER LACKS_IT);
CHANGE(assignment_sql_give_team, "give_team", "UPDATE orgd_teams SET " GIVE TEAM_OR_INVITATION LACKS_IT);
CHANGE(assignment_sql_give_invitation, "give_invitation",
       "UPDATE orgd_invitations SET own_roles = own_roles | :bit" TEAM_OR_INVITATION " AND is_open" LACKS_IT);
CHANGE(assignment_sql_take_member, "take_member", "UPDATE orgd_memberships SET " TAKE MEMBER HAS_IT);
CHANGE(assignment_sql_take_team, "take_team", "UPDATE orgd_teams SET " TAKE TEAM_OR_INVITATION HAS_IT);
CHANGE(assignment_sql_take_invitation, "take_invitation",
       "UPDATE orgd_invitations SET " TAKE TEAM_OR_INVITATION " AND is_open" HAS_IT);
CHANGE(assignment_sql_insert, "insert",
       "INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
       " SELECT :role_id, :holder_id, :holder, :organization_id"
       " WHERE (SELECT COUNT(*) FROM orgd_role_assignments n WHERE n.holder_id = :holder_id"
       " AND n.organization_id = :organization_id) < :maximum"
       " OR EXISTS (SELECT 1 FROM orgd_role_assignments d WHERE d.role_id = :role_id AND d.holder_id = :holder_id)");
CHANGE(assignment_sql_remove, "remove",
       "DELETE FROM orgd_role_assignments WHERE role_id = :role_id AND holder_id = :holder_id");
CHANGE(assignment_sql_add_to_member, "add_to_member", "UPDATE orgd_memberships SET mask = mask | :mask" MEMBER);
CHANGE(assignment_sql_add_to_team, "add_to_team", "UPDATE orgd_teams SET mask = mask | :mask" TEAM_OR_INVITATION);

/* Lists. A role of the system is held by the members, teams and invitations that have its bit; a role that was made has
 * rows. One of the two branches is empty. A list leaves out accounts that have ended, and shows pending invitations to
 * who may read them. */

#define BIT "(SELECT (1 << " ROLE_NUMBER ") >> 1 FROM orgd_organizations v WHERE v.role_ids = " ROLE_IDS ")"
#define HAS_BIT " WHERE n.organization_id = " ORGANIZATION_OF_SYSTEM_ROLE " AND n.own_roles & " BIT " <> 0"
#define CHOSEN(column, parameter) " AND (" parameter " IS NULL OR " column " = " parameter ")"
#define MEMBERS                                                                                                        \
    "orgd_memberships n" HAS_BIT CHOSEN(                                                                               \
        "n.account_id",                                                                                                \
        ":user_id") " AND :team_id IS NULL AND :invitation_id IS NULL AND " HOLDER_ACCOUNT_LIVES("n.account_id")
#define TEAMS "orgd_teams n" HAS_BIT CHOSEN("n.id", ":team_id") " AND :user_id IS NULL AND :invitation_id IS NULL"
#define INVITATIONS(may_read)                                                                                          \
    "orgd_invitations n" HAS_BIT CHOSEN("n.id",                                                                        \
                                        ":invitation_id") " AND :user_id IS NULL AND :team_id IS NULL AND " may_read   \
                                                          " AND " INVITATION_IS_PENDING("n")
#define IS_ACCOUNT                                                                                                     \
    ":team_id IS NULL AND :invitation_id IS NULL AND " HOLDER_ACCOUNT_LIVES("n.holder_id")                             \
        CHOSEN("n.holder_id", ":user_id")
#define IS_TEAM ":user_id IS NULL AND :invitation_id IS NULL" CHOSEN("n.holder_id", ":team_id")
#define IS_INVITATION(may_read)                                                                                        \
    ":user_id IS NULL AND :team_id IS NULL AND " may_read " AND " HOLDER_INVITATION_LIVES("n.holder_id")               \
        CHOSEN("n.holder_id", ":invitation_id")
#define ROWS(may_read)                                                                                                 \
    "orgd_role_assignments n WHERE n.role_id = :role_id AND CASE n.holder WHEN 'account' THEN " IS_ACCOUNT             \
    " WHEN 'team' THEN " IS_TEAM " ELSE " IS_INVITATION(may_read) " END"
#define BRANCH(proof, source, key)                                                                                     \
    "(SELECT n." key " AS id FROM " source ACCESS_MAY_SEE(                                                             \
        proof, ORGANIZATION_OF_ROLE) " AND (:after IS NULL OR n." key " > :after) ORDER BY n." key " LIMIT :end)"
#define MAY_READ(proof) ACCESS_HOLDS(proof, ORGANIZATION_OF_ROLE, ":invitation_readers")
#define PAGE(proof)                                                                                                    \
    "SELECT q.id, NULL AS created FROM (" BRANCH(proof, MEMBERS, "account_id") " UNION ALL " BRANCH(                   \
        proof, TEAMS,                                                                                                  \
        "id") " UNION ALL " BRANCH(proof, INVITATIONS(MAY_READ(proof)),                                                \
                                   "id") " UNION ALL " BRANCH(proof, ROWS(MAY_READ(proof)),                            \
                                                              "holder_id") ") q ORDER BY q.id LIMIT :limit OFFSET :offset"
#define LIST(proof)                                                                                                    \
    "SELECT " LISTING_SELECT(                                                                                          \
        proof) ", TRUE AS after_is_known, " ACCOUNT_SHOWN ", " HOLDER_TEAM_COLUMNS ", " INVITATION_SHOWN("o")          \
        ACCESS_FROM(proof, "o.id = " ORGANIZATION_OF_ROLE) " LEFT JOIN (" PAGE(                                        \
            proof) ") l ON TRUE"                                                                                       \
                   " LEFT JOIN orgd_accounts a ON a.id = l.id" ACCOUNT_JOINS                                           \
                   " LEFT JOIN orgd_teams g ON g.id = l.id AND g.organization_id = o.id"                               \
                   " LEFT JOIN orgd_invitations t ON t.id = l.id AND t.organization_id = o.id" CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(assignment_sql_list, "assignment_list", LIST, &list_params, &list_row);

#define COUNT(source) "(SELECT COUNT(*) FROM " source ")"

const struct db_statement assignment_sql_count = {
    .name = "assignment_count",
    .sql = "SELECT " COUNT(MEMBERS) " + " COUNT(TEAMS) " + " COUNT(INVITATIONS(":reads_invitations")) " + " COUNT(
        ROWS(":reads_invitations")) " AS total",
    .params = &list_params,
    .row = &listing_count_row,
};
