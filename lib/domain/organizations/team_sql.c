#include "team_sql.h"

#include "head_sql.h"
#include "holder_sql.h"

static const struct db_record params = DB_RECORD(
    struct team_params, CALLER_MEMBERS(struct team_params, caller), DB_MEMBER(struct team_params, team_id),
    DB_MEMBER_AS("id", struct team_params, team.id),
    DB_MEMBER_AS("organization_id", struct team_params, team.organization_id),
    DB_MEMBER_AS("name", struct team_params, team.name),
    DB_MEMBER_AS("description", struct team_params, team.description),
    DB_MEMBER_AS("revision", struct team_params, team.revision),
    DB_MEMBER_AS("created", struct team_params, team.created),
    DB_MEMBER_AS("updated", struct team_params, team.updated), DB_MEMBER(struct team_params, name_key),
    DB_MEMBER(struct team_params, previous_revision), DB_MEMBER(struct team_params, holder_id),
    DB_MEMBER(struct team_params, holder), DB_MEMBER(struct team_params, now), DB_MEMBER(struct team_params, maximum));
static const struct db_record row =
    DB_RECORD(struct team_row, ACCESS_ROW_MEMBERS(struct team_row, access), DB_MEMBER(struct team_row, organization),
              HOLDER_TEAM_MEMBERS(struct team_row), DB_MEMBER_AS("holder_mask", struct team_row, mask));
static const struct db_record list_params =
    DB_RECORD(struct team_list_params, CALLER_MEMBERS(struct team_list_params, caller),
              DB_MEMBER(struct team_list_params, organization_id), DB_MEMBER(struct team_list_params, team_id),
              DB_MEMBER(struct team_list_params, name_key), DB_MEMBER(struct team_list_params, search),
              DB_MEMBER(struct team_list_params, user_id), DB_MEMBER(struct team_list_params, service_account_id),
              DB_MEMBER(struct team_list_params, invitation_id), DB_MEMBER(struct team_list_params, invitation_readers),
              DB_MEMBER(struct team_list_params, reads_invitations), DB_MEMBER(struct team_list_params, now),
              DB_MEMBER(struct team_list_params, after), DB_MEMBER(struct team_list_params, after_time),
              DB_MEMBER(struct team_list_params, offset), DB_MEMBER(struct team_list_params, limit));
static const struct db_record list_row =
    DB_RECORD(struct team_list_row, LISTING_MEMBERS(struct team_list_row), HOLDER_TEAM_MEMBERS(struct team_list_row));
static const struct db_record member_list_row = DB_RECORD(
    struct team_member_list_row, LISTING_MEMBERS(struct team_member_list_row),
    ACCOUNT_MEMBERS(struct team_member_list_row), INVITATION_MEMBERS(struct team_member_list_row, invitation));

static const struct db_record summary_row =
    DB_RECORD(struct team_summary, HOLDER_TEAM_MEMBERS(struct team_summary),
              DB_MEMBER(struct team_summary, organization), DB_MEMBER(struct team_summary, roles),
              DB_MEMBER(struct team_summary, mask), DB_MEMBER(struct team_summary, members));
static const struct db_record member_row =
    DB_RECORD(struct account, DB_MEMBER(struct account, id), DB_MEMBER(struct account, name),
              DB_MEMBER(struct account, is_service));

/* One team */

#define SEEN ", o.name AS organization, " HOLDER_TEAM_COLUMNS ", g.mask AS holder_mask"
#define SEE(proof)                                                                                                     \
    "SELECT " ACCESS_SELECT(proof) SEEN ACCESS_FROM(                                                                   \
        proof,                                                                                                         \
        "o.id = " ORGANIZATION_OF_TEAM) " LEFT JOIN orgd_teams g ON g.id = :team_id AND g.organization_id = o.id" CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(team_sql_see, "team_see", SEE, &params, &row);

const struct db_statement team_sql_see_as_operator = {
    .name = "team_see_as_operator",
    .sql = "SELECT " ACCESS_SEEN SEEN " FROM orgd_teams g JOIN orgd_organizations o ON o.id = g.organization_id"
           " WHERE g.id = :team_id AND o.ended IS NULL",
    .params = &params,
    .row = &row,
};

/* Lists. A page is read along an index in its order. */

#define PLACE(known) "COALESCE(" known ", :after_time)"
#define BEHIND(id, known)                                                                                              \
    " AND (:after IS NULL OR (n.created >= " PLACE(known) " AND (n.created > " PLACE(known) " OR " id " > :after)))"
#define LISTED(proof, columns, condition, known, page, joins)                                                          \
    "SELECT " LISTING_SELECT(proof) ", " known " IS NOT NULL AS after_is_known, " columns ACCESS_FROM(                 \
        proof, condition) " LEFT JOIN (" page " LIMIT :limit OFFSET :offset) l ON TRUE" joins                          \
    CALLER_WHERE(proof)

#define KNOWN "(SELECT k.created FROM orgd_teams k WHERE k.id = :after AND k.organization_id = :organization_id)"
#define TEAMS                                                                                                          \
    "orgd_teams n FORCE INDEX (orgd_teams_created) WHERE n.organization_id = :organization_id"                         \
    " AND (:name_key IS NULL OR n.name_key = :name_key) AND (:search IS NULL OR LOCATE(:search, n.name_key) > 0)"      \
    " AND (:user_id IS NULL OR EXISTS (SELECT 1 FROM orgd_team_members t WHERE t.team_id = n.id"                       \
    " AND t.holder_id = :user_id AND t.holder = 'account'))"
#define LIST(proof)                                                                                                    \
    LISTED(proof, HOLDER_TEAM_COLUMNS, "o.id = :organization_id", KNOWN,                                               \
           "SELECT n.id, n.created FROM " TEAMS ACCESS_MAY_SEE(proof, ":organization_id")                              \
               BEHIND("n.id", KNOWN) " ORDER BY n.created, n.id",                                                      \
           " LEFT JOIN orgd_teams g ON g.id = l.id")

CALLER_STATEMENTS_DEFINED(team_sql_list, "team_list", LIST, &list_params, &list_row);

#define KNOWN_MEMBER "(SELECT k.created FROM orgd_team_members k WHERE k.team_id = :team_id AND k.holder_id = :after)"
#define CHOSEN(parameter) " AND (" parameter " IS NULL OR n.holder_id = " parameter ")"
#define MEMBERS(may_read)                                                                                                \
    "orgd_team_members n FORCE INDEX (orgd_team_members_created) WHERE n.team_id = :team_id"                             \
    " AND IF(n.holder = 'account', :invitation_id IS NULL" CHOSEN(":user_id") CHOSEN(                                    \
        ":service_account_id") " AND EXISTS (SELECT 1 FROM orgd_accounts b WHERE b.id = n.holder_id AND b.ended IS NULL" \
                               " AND (:service_account_id IS NULL OR b.kind = 'service')),"                              \
                               " :user_id IS NULL AND :service_account_id IS NULL" CHOSEN(                               \
                                   ":invitation_id") " AND " may_read                                                    \
                                                     " AND " HOLDER_INVITATION_LIVES("n.holder_id") ")"
#define LIST_MEMBERS(proof)                                                                                            \
    LISTED(proof, ACCOUNT_SHOWN ", " INVITATION_SHOWN("o"), "o.id = " ORGANIZATION_OF_TEAM, KNOWN_MEMBER,              \
           "SELECT n.holder_id AS id, n.created FROM " MEMBERS(ACCESS_HOLDS(                                           \
               proof, ORGANIZATION_OF_TEAM, ":invitation_readers")) ACCESS_MAY_SEE(proof, ORGANIZATION_OF_TEAM)        \
               BEHIND("n.holder_id", KNOWN_MEMBER) " ORDER BY n.created, n.holder_id",                                 \
           " LEFT JOIN orgd_accounts a ON a.id = l.id" ACCOUNT_JOINS                                                   \
           " LEFT JOIN orgd_invitations t ON t.id = l.id AND t.organization_id = o.id")

CALLER_STATEMENTS_DEFINED(team_sql_list_members, "team_list_members", LIST_MEMBERS, &list_params, &member_list_row);

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define COUNT(symbol, title, source)                                                                                   \
    const struct db_statement symbol = {                                                                               \
        .name = title,                                                                                                 \
        .sql = "SELECT COUNT(*) AS total FROM " source,                                                                \
        .params = &list_params,                                                                                        \
        .row = &listing_count_row,                                                                                     \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

COUNT(team_sql_count, "team_count", TEAMS);
COUNT(team_sql_count_members, "team_count_members", MEMBERS(":reads_invitations"));

const struct db_statement team_sql_summaries = {
    .name = "team_summaries",
    .sql = "SELECT " HOLDER_TEAM_COLUMNS ", o.name AS organization, " HOLDER_ROLE_LINES(
        "g",
        "g.id") " AS roles, g.mask,"
                " (SELECT COUNT(*) FROM orgd_team_members t FORCE INDEX (PRIMARY) STRAIGHT_JOIN orgd_accounts a ON a.id = t.holder_id"
                " WHERE t.team_id = g.id AND t.holder = 'account' AND a.ended IS NULL) AS members"
                " FROM orgd_organizations o STRAIGHT_JOIN orgd_teams g ON g.organization_id = o.id"
                " WHERE o.id = :organization_id AND o.ended IS NULL AND (:name_key IS NULL OR g.name_key = :name_key)"
                " ORDER BY g.created, g.id",
    .params = &list_params,
    .row = &summary_row,
};

const struct db_statement team_sql_members = {
    .name = "team_members",
    .sql = "SELECT a.id, a.name, a.kind = 'service' AS is_service FROM orgd_team_members t"
           " STRAIGHT_JOIN orgd_accounts a ON a.id = t.holder_id"
           " WHERE t.team_id = :team_id AND t.holder = 'account' AND a.ended IS NULL ORDER BY a.name_key",
    .params = &list_params,
    .row = &member_row,
};

/* Writes */

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "team_" title,                                                                                         \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

CHANGE(team_sql_insert, "insert",
       "INSERT INTO orgd_teams (id, organization_id, name, name_key, description, revision, created, updated)"
       " SELECT :id, :organization_id, :name, :name_key, :description, :revision, :created, :updated"
       " WHERE (SELECT COUNT(*) FROM orgd_teams n WHERE n.organization_id = :organization_id) < :maximum");
CHANGE(team_sql_update, "update",
       "UPDATE orgd_teams SET name = :name, name_key = :name_key, description = :description, revision = :revision,"
       " updated = :updated WHERE id = :id AND revision = :previous_revision");
CHANGE(team_sql_empty, "empty", "UPDATE orgd_teams SET own_roles = '', mask = 0 WHERE id = :id");
CHANGE(team_sql_drop_roles, "drop_roles",
       "DELETE FROM orgd_role_assignments WHERE holder_id = :id AND organization_id = :organization_id");
CHANGE(team_sql_delete, "delete", "DELETE FROM orgd_teams WHERE id = :id AND revision = :previous_revision");
CHANGE(team_sql_add_member, "add_member",
       "INSERT INTO orgd_team_members (team_id, holder_id, holder, organization_id, created)"
       " SELECT :id, :holder_id, :holder, :organization_id, :now"
       " WHERE (SELECT COUNT(*) FROM orgd_team_members n WHERE n.holder_id = :holder_id"
       " AND n.organization_id = :organization_id) < :maximum"
       " OR EXISTS (SELECT 1 FROM orgd_team_members d WHERE d.team_id = :id AND d.holder_id = :holder_id)");
CHANGE(team_sql_remove_member, "remove_member",
       "DELETE FROM orgd_team_members WHERE team_id = :id AND holder_id = :holder_id");
CHANGE(team_sql_give_to_member, "give_to_member",
       "UPDATE orgd_memberships m JOIN orgd_teams g ON g.id = :id SET m.mask = m.mask | g.mask"
       " WHERE m.organization_id = :organization_id AND m.account_id = :holder_id");
