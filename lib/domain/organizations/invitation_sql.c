#include "invitation_sql.h"

#include "domain/accounts/session_sql.h"

static const struct db_record params =
    DB_RECORD(struct invitation_params, CALLER_MEMBERS(struct invitation_params, caller),
              DB_MEMBER(struct invitation_params, id), DB_MEMBER(struct invitation_params, organization_id),
              DB_MEMBER(struct invitation_params, email), DB_MEMBER(struct invitation_params, email_key),
              DB_MEMBER(struct invitation_params, role_id), DB_MEMBER(struct invitation_params, own_roles),
              DB_MEMBER(struct invitation_params, status), DB_MEMBER(struct invitation_params, link_digest),
              DB_MEMBER(struct invitation_params, mail_digest), DB_MEMBER(struct invitation_params, account_id),
              DB_MEMBER(struct invitation_params, session_id), DB_MEMBER(struct invitation_params, now),
              DB_MEMBER(struct invitation_params, expires), DB_MEMBER(struct invitation_params, kept_until),
              DB_MEMBER(struct invitation_params, days), DB_MEMBER(struct invitation_params, maximum));

static const struct db_record list_params = DB_RECORD(
    struct invitation_list_params, CALLER_MEMBERS(struct invitation_list_params, caller),
    DB_MEMBER(struct invitation_list_params, organization_id), DB_MEMBER(struct invitation_list_params, email_key),
    DB_MEMBER(struct invitation_list_params, status), DB_MEMBER(struct invitation_list_params, only_pending),
    DB_MEMBER(struct invitation_list_params, now), DB_MEMBER(struct invitation_list_params, after),
    DB_MEMBER(struct invitation_list_params, limit), DB_MEMBER(struct invitation_list_params, offset));

static const struct db_record place_row = DB_RECORD(
    struct invitation_place_row, ACCESS_ROW_MEMBERS(struct invitation_place_row, access),
    DB_MEMBER(struct invitation_place_row, organization_name),
    DB_MEMBER(struct invitation_place_row, organization_logo_url),
    DB_MEMBER(struct invitation_place_row, organization_member_count),
    DB_MEMBER(struct invitation_place_row, inviter_name), DB_MEMBER(struct invitation_place_row, inviter_avatar_url),
    DB_MEMBER(struct invitation_place_row, role_made), DB_MEMBER(struct invitation_place_row, role_mask),
    DB_MEMBER(struct invitation_place_row, open_id), DB_MEMBER(struct invitation_place_row, open_expires),
    DB_MEMBER(struct invitation_place_row, is_member));

static const struct db_record row =
    DB_RECORD(struct invitation_row, ACCESS_ROW_MEMBERS(struct invitation_row, access),
              INVITATION_MEMBERS(struct invitation_row, invitation), DB_MEMBER(struct invitation_row, is_own),
              DB_MEMBER(struct invitation_row, own_id), DB_MEMBER(struct invitation_row, own_name),
              DB_MEMBER(struct invitation_row, is_service));

static const struct db_record visit_row =
    DB_RECORD(struct invitation_visit_row, INVITATION_MEMBERS(struct invitation_visit_row, invitation),
              DB_MEMBER(struct invitation_visit_row, is_mailed), DB_MEMBER(struct invitation_visit_row, visitor_id),
              DB_MEMBER(struct invitation_visit_row, visitor), DB_MEMBER(struct invitation_visit_row, address));

static const struct db_record held_row =
    DB_RECORD(struct invitation_held_row, DB_MEMBER(struct invitation_held_row, is_member),
              DB_MEMBER(struct invitation_held_row, own_roles), DB_MEMBER(struct invitation_held_row, roles_made),
              DB_MEMBER(struct invitation_held_row, roles_then), DB_MEMBER(struct invitation_held_row, teams_then));

static const struct db_record count_row =
    DB_RECORD(struct invitation_count_row, DB_MEMBER(struct invitation_count_row, total));

/* The place of a new invitation */

#define PLACE_COLUMNS                                                                                                  \
    "o.name AS organization_name, o.logo_url AS organization_logo_url, (SELECT COUNT(*) FROM orgd_memberships n"       \
    " WHERE n.organization_id = o.id) AS organization_member_count, CONCAT(HEX(r.id), r.name) AS role_made,"           \
    " r.mask AS role_mask, w.id AS open_id, w.expires AS open_expires, (SELECT TRUE FROM orgd_accounts a"              \
    " JOIN orgd_memberships n ON n.account_id = a.id AND n.organization_id = o.id WHERE a.email_key = :email_key)"     \
    " AS is_member"
#define PLACE_JOINS                                                                                                    \
    " LEFT JOIN orgd_roles r ON r.id = :role_id AND r.organization_id = o.id"                                          \
    " LEFT JOIN orgd_invitations w ON w.organization_id = o.id AND w.is_open = TRUE AND w.email_key = :email_key"
#define SEE_PLACE(proof)                                                                                                          \
    "SELECT " ACCESS_SELECT(                                                                                                      \
        proof) ", " PLACE_COLUMNS ", (SELECT a.name FROM orgd_accounts a WHERE a.id = c.account_id) AS inviter_name,"             \
               " (SELECT a.avatar_url FROM orgd_profiles a WHERE a.account_id = c.account_id) AS inviter_avatar_url" ACCESS_FROM( \
                   proof, "o.id = :organization_id") PLACE_JOINS                                                                  \
               CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(invitation_sql_see_place, "invitation_see_place", SEE_PLACE, &params, &place_row);

const struct db_statement invitation_sql_see_place_as_operator = {
    .name = "invitation_see_place_as_operator",
    .sql = "SELECT " ACCESS_SEEN ", " PLACE_COLUMNS " FROM orgd_organizations o" PLACE_JOINS
           " WHERE o.id = :organization_id AND o.ended IS NULL",
    .params = &params,
    .row = &place_row,
};

/* Reading. The organization of the invitation is `o`, and that of a row of a list is `v`: both are the same, but the
 * first is read once, and only for who may see it. */

#define ORGANIZATION_OF_INVITATION "(SELECT k.organization_id FROM orgd_invitations k WHERE k.id = :id)"
#define SEEN                                                                                                           \
    INVITATION_SHOWN("v")                                                                                              \
    ", a.email_key = t.email_key AS is_own, a.id AS own_id, a.name AS own_name,"                                       \
    " a.kind = 'service' AS is_service"
#define SEEN_FROM                                                                                                      \
    " LEFT JOIN orgd_accounts a ON a.id = c.account_id LEFT JOIN orgd_invitations t ON t.id = :id"                     \
    " LEFT JOIN orgd_organizations v ON v.id = t.organization_id AND v.ended IS NULL"
#define SEE(proof)                                                                                                     \
    "SELECT " ACCESS_SELECT(proof) ", " SEEN ACCESS_FROM(proof, "o.id = " ORGANIZATION_OF_INVITATION) SEEN_FROM        \
    CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(invitation_sql_see, "invitation_see", SEE, &params, &row);

const struct db_statement invitation_sql_see_as_operator = {
    .name = "invitation_see_as_operator",
    .sql = "SELECT " ACCESS_SEEN ", " INVITATION_SHOWN(
        "o") " FROM orgd_invitations t JOIN orgd_organizations o ON o.id = t.organization_id AND o.ended IS NULL"
             " WHERE t.id = :id",
    .params = &params,
    .row = &row,
};

/* SQL may compare digests, although not in constant time: the time tells something about a digest, but that does not
 * lead to the secret. */
const struct db_statement invitation_sql_open = {
    .name = "invitation_open",
    .sql = "SELECT " INVITATION_SHOWN(
        "v") ", t.mail_digest = :link_digest AS is_mailed, a.id AS visitor_id, a.name AS visitor, a.email AS address"
             " FROM orgd_invitations t JOIN orgd_organizations v ON v.id = t.organization_id AND v.ended IS NULL"
             " LEFT JOIN orgd_accounts a ON a.id = :account_id AND a.ended IS NULL"
             " WHERE t.id = :id AND (t.link_digest = :link_digest OR t.mail_digest = :link_digest)",
    .params = &params,
    .row = &visit_row,
};

#define HELD_THEN(item, table)                                                                                         \
    "(SELECT COUNT(DISTINCT s." item ") FROM " table " s"                                                              \
    " WHERE s.holder_id IN (:account_id, :id) AND s.organization_id = :organization_id)"
#define ROLES_MADE ROLES_MADE_OF("m.account_id", "m.organization_id") " AS roles_made"
#define ROLES_THEN HELD_THEN("role_id", "orgd_role_assignments") " AS roles_then"
#define TEAMS_THEN HELD_THEN("team_id", "orgd_team_members") " AS teams_then"
const struct db_statement invitation_sql_held = {
    .name = "invitation_held",
    .sql = "SELECT m.account_id IS NOT NULL AS is_member, m.own_roles + 0 AS own_roles, " ROLES_MADE ", " ROLES_THEN
           ", " TEAMS_THEN " FROM orgd_accounts a LEFT JOIN orgd_memberships m ON m.organization_id = :organization_id"
           " AND m.account_id = a.id WHERE a.id = :account_id AND a.ended IS NULL LOCK IN SHARE MODE",
    .params = &params,
    .row = &held_row,
};

/* Lists. Ids grow with time, so their order is that of creation. The rows come in the order in which the page found
 * their ids, and are not sorted again. */

#define EXPIRED "(t.is_open IS NULL OR t.expires <= :now)"
/* 1 and 5 are of enum invitation_status: what is stored as pending is one or the other. */
#define FILTERS                                                                                                        \
    " AND (NOT :only_pending OR (t.is_open = TRUE AND t.expires > :now)) AND (:status = 0 OR CASE :status"             \
    " WHEN 1 THEN t.status = 'pending' AND NOT " EXPIRED " WHEN 5 THEN t.status = 'pending' AND " EXPIRED              \
    " ELSE t.status = :status END)"
#define PAGE " AND (:after IS NULL OR t.id > :after) ORDER BY t.id LIMIT :limit OFFSET :offset"
#define OF_ADDRESS " AND (:email_key IS NULL OR t.email_key = :email_key)"
#define WITH_INVITATIONS(page)                                                                                         \
    " LEFT JOIN (" page ") p ON TRUE LEFT JOIN orgd_invitations t ON t.id = p.id"                                      \
    " LEFT JOIN orgd_organizations v ON v.id = t.organization_id"

#define ORGANIZATION_PAGE(more)                                                                                        \
    "SELECT t.id FROM orgd_invitations t IGNORE INDEX FOR ORDER BY (PRIMARY)"                                          \
    " WHERE t.organization_id = :organization_id" more OF_ADDRESS FILTERS PAGE
#define LIST(proof)                                                                                                    \
    "SELECT " ACCESS_SELECT(proof) ", " INVITATION_SHOWN("v") ACCESS_FROM(proof, "o.id = :organization_id")            \
        WITH_INVITATIONS(ORGANIZATION_PAGE(ACCESS_MAY_SEE(proof, ":organization_id"))) CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(invitation_sql_list, "invitation_list", LIST, &list_params, &row);

const struct db_statement invitation_sql_list_as_operator = {
    .name = "invitation_list_as_operator",
    .sql = "SELECT " ACCESS_SEEN ", " INVITATION_SHOWN("v") " FROM orgd_organizations o" WITH_INVITATIONS(
        ORGANIZATION_PAGE("")) " WHERE o.id = :organization_id AND o.ended IS NULL",
    .params = &list_params,
    .row = &row,
};

#define OWN_INVITATIONS(proof)                                                                                         \
    " FROM orgd_invitations t JOIN orgd_organizations w ON w.id = t.organization_id AND w.ended IS NULL"               \
    " WHERE t.email_key = (SELECT a.email_key" CALLER_FROM(                                                            \
        proof) " JOIN orgd_accounts a ON a.id = c.account_id" CALLER_WHERE(proof) ")" FILTERS
#define LIST_OWN(proof)                                                                                                \
    "SELECT " CALLER_COLUMNS(proof) ", " INVITATION_SHOWN("v") CALLER_FROM(proof)                                      \
        WITH_INVITATIONS("SELECT t.id" OWN_INVITATIONS(proof) PAGE) CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(invitation_sql_list_own, "invitation_list_own", LIST_OWN, &list_params, &row);

const struct db_statement invitation_sql_count = {
    .name = "invitation_count",
    .sql = "SELECT COUNT(*) AS total FROM orgd_invitations t WHERE t.organization_id = :organization_id" OF_ADDRESS
        FILTERS,
    .params = &list_params,
    .row = &count_row,
};

#define COUNT_OWN(proof) "SELECT COUNT(*) AS total" OWN_INVITATIONS(proof)

CALLER_STATEMENTS_DEFINED(invitation_sql_count_own, "invitation_count_own", COUNT_OWN, &list_params, &count_row);

/* Writes. Each asks again for all that it takes for granted. */

const struct db_statement invitation_sql_close_expired = {
    .name = "invitation_close_expired",
    .sql = "UPDATE orgd_invitations SET is_open = NULL WHERE organization_id = :organization_id AND is_open"
           " AND email_key = :email_key AND expires <= :now",
    .params = &params,
};

const struct db_statement invitation_sql_insert = {
    .name = "invitation_insert",
    .sql =
        "INSERT INTO orgd_invitations (id, organization_id, email, email_key, own_roles, link_digest, mail_digest,"
        " inviter_id, days, created, expires, kept_until)"
        " SELECT :id, o.id, :email, :email_key, :own_roles, :link_digest, :mail_digest, :account_id, :days, :now, :expires,"
        " :kept_until FROM orgd_organizations o WHERE o.id = :organization_id AND o.ended IS NULL"
        " AND (SELECT COUNT(*) FROM orgd_invitations t FORCE INDEX (orgd_invitations_ending) WHERE t.organization_id = o.id"
        " AND t.is_open = TRUE AND t.expires > :now) < :maximum",
    .params = &params,
};

#define IS_PENDING " WHERE id = :id AND organization_id = :organization_id AND is_open"

/* One whose time to be kept is over may be about to be removed. */
const struct db_statement invitation_sql_renew = {
    .name = "invitation_renew",
    .sql = "UPDATE orgd_invitations SET link_digest = :link_digest, mail_digest = :mail_digest, expires = :expires,"
           " kept_until = :kept_until" IS_PENDING " AND kept_until > :now",
    .params = &params,
};

const struct db_statement invitation_sql_close = {
    .name = "invitation_close",
    .sql = "UPDATE orgd_invitations SET status = :status, is_open = NULL, kept_until = :kept_until" IS_PENDING,
    .params = &params,
};

#define DECIDE                                                                                                         \
    "UPDATE orgd_invitations SET status = :status, is_open = NULL, account_id = :account_id,"                          \
    " kept_until = :kept_until" IS_PENDING " AND expires > :now"

const struct db_statement invitation_sql_decide = {
    .name = "invitation_decide",
    .sql = DECIDE,
    .params = &params,
};

const struct db_statement invitation_sql_decide_in_session = {
    .name = "invitation_decide_in_session",
    .sql = DECIDE " AND EXISTS (SELECT 1 FROM orgd_credentials s WHERE s.id = :session_id AND " SESSION_LIVES ")",
    .params = &params,
};

/* Nobody loses an address by it. */
const struct db_statement invitation_sql_verify_address = {
    .name = "invitation_verify_address",
    .sql = "UPDATE orgd_accounts SET email_key = :email_key, revision = revision + 1,"
           " updated = GREATEST(:now, updated + INTERVAL 1 MICROSECOND) WHERE id = :account_id AND email_key IS NULL"
           " AND email = :email AND ended IS NULL AND NOT EXISTS (SELECT 1 FROM (SELECT a.id FROM orgd_accounts a"
           " WHERE a.email_key = :email_key) other)",
    .params = &params,
};

const struct db_statement invitation_sql_join = {
    .name = "invitation_join",
    .sql = "INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
           " SELECT o.id, :account_id, :own_roles, o.created, :now FROM orgd_organizations o"
           " WHERE o.id = :organization_id AND o.ended IS NULL"
           " ON DUPLICATE KEY UPDATE own_roles = orgd_memberships.own_roles | VALUES(own_roles),"
           " mask = orgd_memberships.mask | VALUES(mask)",
    .params = &params,
};

/* What is assigned to it */

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "invitation_" title,                                                                                   \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define OF_INVITATION " WHERE holder_id = :id AND organization_id = :organization_id"
#define GIVEN(table) " FROM " table " s WHERE s.holder_id = :id AND s.organization_id = :organization_id"
/* What the person has already stays as it is. */
#define UNLESS_IT_HAS(table) " ON DUPLICATE KEY UPDATE " table ".holder_id = " table ".holder_id"

CHANGE(invitation_sql_give_role, "give_role",
       "INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
       " VALUES (:role_id, :id, 'invitation', :organization_id)");
CHANGE(invitation_sql_pass_roles, "pass_roles",
       "INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
       " SELECT s.role_id, :account_id, 'account', s.organization_id" GIVEN("orgd_role_assignments")
           UNLESS_IT_HAS("orgd_role_assignments"));
CHANGE(invitation_sql_pass_teams, "pass_teams",
       "INSERT INTO orgd_team_members (team_id, holder_id, holder, organization_id, created)"
       " SELECT s.team_id, :account_id, 'account', s.organization_id, :now" GIVEN("orgd_team_members")
           UNLESS_IT_HAS("orgd_team_members"));
CHANGE(invitation_sql_drop_roles, "drop_roles", "DELETE FROM orgd_role_assignments" OF_INVITATION);
CHANGE(invitation_sql_drop_teams, "drop_teams", "DELETE FROM orgd_team_members" OF_INVITATION);
