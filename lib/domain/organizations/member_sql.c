#include "member_sql.h"

#include "holder_sql.h"
#include "invitation_sql.h"

static const struct db_record params = DB_RECORD(
    struct member_params, DB_MEMBER(struct member_params, organization_id), DB_MEMBER(struct member_params, account_id),
    DB_MEMBER(struct member_params, own_roles), DB_MEMBER(struct member_params, role_id));
static const struct db_record row =
    DB_RECORD(struct member, DB_MEMBER(struct member, id), DB_MEMBER(struct member, name),
              DB_MEMBER(struct member, is_service), DB_MEMBER(struct member, roles), DB_MEMBER(struct member, teams),
              DB_MEMBER(struct member, mask), DB_MEMBER(struct member, is_owner));
static const struct db_record list_params = DB_RECORD(
    struct member_list_params, CALLER_MEMBERS(struct member_list_params, caller),
    DB_MEMBER(struct member_list_params, organization_id), DB_MEMBER(struct member_list_params, include_users),
    DB_MEMBER(struct member_list_params, include_service_accounts), DB_MEMBER(struct member_list_params, include_teams),
    DB_MEMBER(struct member_list_params, include_invitations), DB_MEMBER(struct member_list_params, invitation_readers),
    DB_MEMBER(struct member_list_params, reads_invitations), DB_MEMBER(struct member_list_params, now),
    DB_MEMBER(struct member_list_params, role_id), DB_MEMBER(struct member_list_params, role_bit),
    DB_MEMBER(struct member_list_params, search), DB_MEMBER(struct member_list_params, search_key),
    DB_MEMBER(struct member_list_params, after), DB_MEMBER(struct member_list_params, after_time),
    DB_MEMBER(struct member_list_params, offset), DB_MEMBER(struct member_list_params, limit),
    DB_MEMBER(struct member_list_params, end));
static const struct db_record list_row = DB_RECORD(
    struct member_list_row, LISTING_MEMBERS(struct member_list_row), ACCOUNT_MEMBERS(struct member_list_row),
    HOLDER_TEAM_MEMBERS(struct member_list_row), INVITATION_MEMBERS(struct member_list_row, invitation),
    DB_MEMBER(struct member_list_row, is_owner), DB_MEMBER_AS("holder_own_roles", struct member_list_row, own_roles),
    DB_MEMBER_AS("holder_mask", struct member_list_row, mask), DB_MEMBER(struct member_list_row, roles_made));

/* Writes */

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "member_" title,                                                                                       \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define OF_MEMBER " WHERE organization_id = :organization_id AND account_id = :account_id"
#define OF_HOLDER " WHERE holder_id = :account_id AND organization_id = :organization_id"

/* A service account has roles in its own organization alone: access_sql.h relies on it. Whoever ends the account
 * meanwhile is waited for. */
CHANGE(member_sql_enter, "enter",
       "INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
       " SELECT o.id, a.id, :own_roles, o.created, UTC_TIMESTAMP(6) FROM orgd_organizations o JOIN orgd_accounts a"
       " WHERE o.id = :organization_id AND o.ended IS NULL AND a.id = :account_id AND a.ended IS NULL"
       " AND (a.organization_id IS NULL OR a.organization_id = o.id) LOCK IN SHARE MODE");
CHANGE(member_sql_set, "set", "UPDATE orgd_memberships SET own_roles = :own_roles" OF_MEMBER);
CHANGE(member_sql_give_role, "give_role",
       "INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
       " VALUES (:role_id, :account_id, 'account', :organization_id)");
CHANGE(member_sql_leave_teams, "leave_teams", "DELETE FROM orgd_team_members" OF_HOLDER);
CHANGE(member_sql_drop_roles, "drop_roles", "DELETE FROM orgd_role_assignments" OF_HOLDER);
CHANGE(member_sql_leave, "leave",
       "DELETE m FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
       " WHERE m.organization_id = :organization_id AND m.account_id = :account_id AND o.owner_id <> m.account_id");

/* Lists */

const struct db_statement member_sql_list_all = {
    .name = "member_list_all",
    .sql = "SELECT a.id, a.name, a.kind = 'service' AS is_service, " HOLDER_ROLE_LINES(
        "m",
        "m.account_id") " AS roles,"
                        " (SELECT GROUP_CONCAT(g.name ORDER BY g.created, g.id SEPARATOR '\\n') FROM orgd_team_members t"
                        " JOIN orgd_teams g ON g.id = t.team_id WHERE t.holder_id = m.account_id"
                        " AND t.organization_id = m.organization_id) AS teams, m.mask, a.id = o.owner_id AS is_owner"
                        " FROM orgd_memberships m JOIN orgd_accounts a ON a.id = m.account_id"
                        " JOIN orgd_organizations o ON o.id = m.organization_id"
                        " WHERE m.organization_id = :organization_id AND (:account_id IS NULL OR m.account_id = :account_id)"
                        " AND a.ended IS NULL ORDER BY a.name_key",
    .params = &params,
    .row = &row,
};

/* A page has three branches: accounts, teams and invitations. The server reads each along an index in the order of the
 * list. Its rows are `n`. */
#define ACCOUNTS                                                                                                       \
    "orgd_memberships n FORCE INDEX (orgd_memberships_created) STRAIGHT_JOIN orgd_accounts b ON b.id = n.account_id"   \
    " WHERE n.organization_id = :organization_id AND b.ended IS NULL"                                                  \
    " AND IF(b.organization_id IS NULL, :include_users, :include_service_accounts)"
#define TEAMS                                                                                                          \
    "orgd_teams n FORCE INDEX (orgd_teams_created) WHERE n.organization_id = :organization_id AND :include_teams"
/* There are 1,000 at most. */
#define INVITATIONS(may_read)                                                                                          \
    "orgd_invitations n FORCE INDEX (orgd_invitations_pending) WHERE n.organization_id = :organization_id"             \
    " AND " INVITATION_IS_PENDING("n") " AND :include_invitations AND " may_read

/* True of those whose name or address has the text. A service account's key has more than its name (SERVICE_NAME_KEY);
 * the last 17 octets are left out. Addresses are ASCII, so that keys of names find their parts. */
#define ACCOUNT_HAS_TEXT                                                                                               \
    "LOCATE(:search_key, IF(b.organization_id IS NULL, b.name_key, LEFT(b.name_key, LENGTH(b.name_key) - 17))) > 0"    \
    " OR LOCATE(:search, b.full_name COLLATE utf8mb4_unicode_520_ci) > 0"
#define TEAM_HAS_TEXT "LOCATE(:search_key, n.name_key) > 0"
#define INVITATION_HAS_TEXT "LOCATE(:search_key, n.email_key) > 0"

#define KNOWN                                                                                                          \
    "COALESCE((SELECT k.created FROM orgd_memberships k WHERE k.organization_id = :organization_id"                    \
    " AND k.account_id = :after), (SELECT k.created FROM orgd_teams k WHERE k.id = :after"                             \
    " AND k.organization_id = :organization_id), (SELECT k.created FROM orgd_invitations k WHERE k.id = :after"        \
    " AND k.organization_id = :organization_id))"

/* Conditions of a branch. ALL has none. BEHIND begins behind :after. FOUND also asks for the role and the text. Each
 * has a statement of its own, since the server takes as long to plan these conditions as to read fifty rows. */
#define ALL(id, has_text) ""
#define BEHIND(id, has_text)                                                                                           \
    " AND (:after IS NULL OR (n.created >= COALESCE(" KNOWN ", :after_time)"                                           \
    " AND (n.created > COALESCE(" KNOWN ", :after_time) OR " id " > :after)))"
#define MATCHING(id, has_text)                                                                                         \
    " AND (:role_id IS NULL OR n.own_roles & :role_bit <> 0 OR EXISTS (SELECT 1 FROM orgd_role_assignments s"          \
    " WHERE s.role_id = :role_id AND s.holder_id = " id ")) AND (:search IS NULL OR " has_text ")"
#define FOUND(id, has_text) MATCHING(id, has_text) BEHIND(id, has_text)

/* A row of the page has its id twice: as `id`, and in the column of its kind. The other two columns are NULL, so that
 * the server looks the id up in the tables of its kind only. */
#define BRANCH(proof, ids, source, id, which)                                                                          \
    "(SELECT " ids ", n.created FROM " source ACCESS_MAY_SEE(proof, ":organization_id") which                          \
        " ORDER BY n.created, " id " LIMIT :end)"
#define PAGE_OF_ACCOUNTS(proof, which)                                                                                 \
    BRANCH(proof, "n.account_id AS id, n.account_id, NULL AS team_id, NULL AS invitation_id", ACCOUNTS,                \
           "n.account_id", which("n.account_id", ACCOUNT_HAS_TEXT))
#define PAGE_OF_TEAMS(proof, which) BRANCH(proof, "n.id, NULL, n.id, NULL", TEAMS, "n.id", which("n.id", TEAM_HAS_TEXT))
#define PAGE_OF_INVITATIONS(proof, which)                                                                              \
    BRANCH(proof, "n.id, NULL, NULL, n.id", INVITATIONS(READS_INVITATIONS(proof)), "n.id",                             \
           which("n.id", INVITATION_HAS_TEXT))
#define READS_INVITATIONS(proof) ACCESS_HOLDS(proof, ":organization_id", ":invitation_readers")
#define WITH_PAGE(accounts, teams, invitations)                                                                        \
    " LEFT JOIN (" accounts " UNION ALL " teams " UNION ALL " invitations                                              \
    " ORDER BY created, id LIMIT :limit OFFSET :offset) l ON TRUE"

#define ROLES_MADE                                                                                                     \
    NAMED_COLUMN("r", "orgd_role_assignments s FORCE INDEX (orgd_role_assignments_holder) STRAIGHT_JOIN orgd_roles r"  \
                      " ON r.id = s.role_id WHERE s.holder_id = l.id AND s.organization_id = o.id")
#define HOLDER_COLUMNS                                                                                                 \
    ", a.id = o.owner_id AS is_owner, COALESCE(n.own_roles + 0, g.own_roles + 0) AS holder_own_roles,"                 \
    " COALESCE(n.mask, g.mask) AS holder_mask, " ROLES_MADE " AS roles_made"
#define HOLDER_JOINS                                                                                                   \
    " LEFT JOIN orgd_memberships n ON n.organization_id = o.id AND n.account_id = l.account_id"                        \
    " LEFT JOIN orgd_accounts a ON a.id = l.account_id" ACCOUNT_JOINS                                                  \
    " LEFT JOIN orgd_teams g ON g.id = l.team_id LEFT JOIN orgd_invitations t ON t.id = l.invitation_id"

#define LIST_OF(proof, after_is_known, which)                                                                          \
    "SELECT " LISTING_SELECT(proof) MEMBER_COLUMNS(after_is_known) ACCESS_FROM(proof, "o.id = :organization_id")       \
        WITH_PAGE(PAGE_OF_ACCOUNTS(proof, which), PAGE_OF_TEAMS(proof, which), PAGE_OF_INVITATIONS(proof, which))      \
            HOLDER_JOINS                                                                                               \
            CALLER_WHERE(proof)
#define MEMBER_COLUMNS(after_is_known)                                                                                 \
    ", " after_is_known " AS after_is_known, " ACCOUNT_SHOWN ", " HOLDER_TEAM_COLUMNS ", " INVITATION_SHOWN("o")       \
        HOLDER_COLUMNS
#define LIST(proof) LIST_OF(proof, "TRUE", ALL)
#define LIST_BEHIND(proof) LIST_OF(proof, KNOWN " IS NOT NULL", BEHIND)
#define LIST_FOUND(proof) LIST_OF(proof, KNOWN " IS NOT NULL", FOUND)

CALLER_STATEMENTS_DEFINED(member_sql_list, "member_list", LIST, &list_params, &list_row);
CALLER_STATEMENTS_DEFINED(member_sql_list_behind, "member_list_behind", LIST_BEHIND, &list_params, &list_row);
CALLER_STATEMENTS_DEFINED(member_sql_list_found, "member_list_found", LIST_FOUND, &list_params, &list_row);

#define COUNT(source, id, has_text) "(SELECT COUNT(*) FROM " source MATCHING(id, has_text) ")"

const struct db_statement member_sql_count = {
    .name = "member_count",
    .sql = "SELECT " COUNT(ACCOUNTS, "n.account_id", ACCOUNT_HAS_TEXT) " + " COUNT(
        TEAMS, "n.id", TEAM_HAS_TEXT) " + " COUNT(INVITATIONS(":reads_invitations"), "n.id",
                                                  INVITATION_HAS_TEXT) " AS total",
    .params = &list_params,
    .row = &listing_count_row,
};
