#include "organization_sql.h"

#include "domain/access/access_sql.h"
#include "domain/events/event_sql.h"

/* Columns and members, from organization.def */

#define NOTHING()

#define MEMBER_OF_PARAMS(member, type, use) DB_MEMBER_AS(#member, struct organization_params, organization.member),
#define MEMBER_OF_ROW(member, type, use) DB_MEMBER_AS(#member, struct organization_row, organization.member),
#define MEMBER_OF_LIST_ROW(member, type, use) DB_MEMBER_AS(#member, struct organization_list_row, organization.member),
#define MEMBER_OF_SUMMARY(member, type, use) DB_MEMBER_AS(#member, struct organization_summary, organization.member),

/* Behind o.id, which the statements name themselves. */
#define COLUMN(member, type, use) COLUMN_##use(member, type)
#define COLUMN_KEY(member, type)
#define COLUMN_SHOWN(member, type) COLUMN_##type(member)
#define COLUMN_PATCHED(member, type) COLUMN_##type(member)
#define COLUMN_INNER(member, type) COLUMN_##type(member)
#define COLUMN_TEXT(member) ", o." #member
#define COLUMN_ID(member) ", o." #member
#define COLUMN_TIME(member) ", o." #member
#define COLUMN_INT(member) ", o." #member
#define COLUMN_JSON(member) ", o." #member
#define COLUMN_ENUM(member) ", o." #member " + 0 AS " #member

/* The same without what answers do not show. */
#define SHOWN_COLUMN(member, type, use) SHOWN_COLUMN_##use(member, type)
#define SHOWN_COLUMN_KEY(member, type)
#define SHOWN_COLUMN_SHOWN(member, type) COLUMN_##type(member)
#define SHOWN_COLUMN_PATCHED(member, type) COLUMN_##type(member)
#define SHOWN_COLUMN_INNER(member, type)

#define ORGANIZATION_COLUMNS "o.id" ORGANIZATION_FIELDS(COLUMN, NOTHING)
#define SHOWN_COLUMNS "o.id" ORGANIZATION_FIELDS(SHOWN_COLUMN, NOTHING)
#define SUBSCRIPTION_COLUMNS ", o.subscription_status + 0 AS subscription_status, o.trial_end"

static const struct db_record params =
    DB_RECORD(struct organization_params,
              ORGANIZATION_FIELDS(MEMBER_OF_PARAMS, NOTHING) CALLER_MEMBERS(struct organization_params, caller),
              DB_MEMBER(struct organization_params, name_key), DB_MEMBER(struct organization_params, previous_revision),
              DB_MEMBER(struct organization_params, default_limit));

static const struct db_record row =
    DB_RECORD(struct organization_row,
              ORGANIZATION_FIELDS(MEMBER_OF_ROW, NOTHING) CALLER_ROW_MEMBERS(struct organization_row, caller),
              DB_MEMBER(struct organization_row, mask));

static const struct db_record summary =
    DB_RECORD(struct organization_summary,
              ORGANIZATION_FIELDS(MEMBER_OF_SUMMARY, NOTHING) DB_MEMBER(struct organization_summary, owner),
              DB_MEMBER(struct organization_summary, members));

static const struct db_record list_params = DB_RECORD(
    struct organization_list_params, CALLER_MEMBERS(struct organization_list_params, caller),
    DB_MEMBER(struct organization_list_params, name_key), DB_MEMBER(struct organization_list_params, owner_id),
    DB_MEMBER(struct organization_list_params, owner_key), DB_MEMBER(struct organization_list_params, after),
    DB_MEMBER(struct organization_list_params, after_time), DB_MEMBER(struct organization_list_params, offset),
    DB_MEMBER(struct organization_list_params, limit));

static const struct db_record list_row =
    DB_RECORD(struct organization_list_row,
              ORGANIZATION_FIELDS(MEMBER_OF_LIST_ROW, NOTHING) CALLER_ROW_MEMBERS(struct organization_list_row, caller),
              DB_MEMBER(struct organization_list_row, after_is_known));

static const struct db_record count_row =
    DB_RECORD(struct organization_count_row, DB_MEMBER(struct organization_count_row, total));
static const struct db_record owner_row =
    DB_RECORD(struct organization_owner_row, DB_MEMBER(struct organization_owner_row, may_own),
              DB_MEMBER(struct organization_owner_row, is_service));
static const struct db_record state_row =
    DB_RECORD(struct organization_state_row, DB_MEMBER(struct organization_state_row, revision),
              DB_MEMBER(struct organization_state_row, ended), DB_MEMBER(struct organization_state_row, created),
              DB_MEMBER(struct organization_state_row, updated));

/* One organization */

#define SELECT_ONE(proof, condition)                                                                                   \
    "SELECT " CALLER_COLUMNS(proof) ", " ORGANIZATION_COLUMNS ACCESS_COLUMNS ACCESS_FROM(proof, condition)             \
        CALLER_WHERE(proof)
#define GET_BY_ID(proof) SELECT_ONE(proof, "o.id = :id")
#define GET_BY_NAME(proof) SELECT_ONE(proof, "o.name_key = :name_key")

CALLER_STATEMENTS_DEFINED(organization_sql_get_by_id, "organization_get_by_id", GET_BY_ID, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_get_by_name, "organization_get_by_name", GET_BY_NAME, &params, &row);

#define BY_ID_OR_NAME " WHERE (o.id = :id OR o.name_key = :name_key) AND o.ended IS NULL"

const struct db_statement organization_sql_get_as_operator = {
    .name = "organization_get_as_operator",
    .sql = "SELECT " ORGANIZATION_COLUMNS " FROM orgd_organizations o" BY_ID_OR_NAME,
    .params = &params,
    .row = &row,
};

#define SELECT_SUMMARY                                                                                                 \
    "SELECT " ORGANIZATION_COLUMNS ", a.name AS owner,"                                                                \
    " (SELECT COUNT(*) FROM orgd_memberships m WHERE m.organization_id = o.id) AS members"                             \
    " FROM orgd_organizations o JOIN orgd_accounts a ON a.id = o.owner_id"

const struct db_statement organization_sql_summary = {
    .name = "organization_summary",
    .sql = SELECT_SUMMARY BY_ID_OR_NAME,
    .params = &params,
    .row = &summary,
};

const struct db_statement organization_sql_summaries = {
    .name = "organization_summaries",
    .sql = SELECT_SUMMARY " WHERE o.ended IS NULL ORDER BY o.created, o.id",
    .row = &summary,
};

/* Lists. The ids of the page come first, in order: of two branches one is impossible once the caller's row has been
 * read, and costs nothing then. A member's goes along the index of memberships, a superuser's along that of
 * organizations. The branches are joined to the caller and not filtered by it, so that an empty page still says who
 * asks. (ORDER BY on the inner side of an outer join would sort all that a member has.) The server folds a filter whose
 * parameter is NULL away before it makes the plan. */

#define MEMBER_IDS_FROM(proof) CALLER_FROM(proof) " JOIN orgd_memberships m ON m.account_id = c.account_id"
#define MEMBER_FROM(proof)                                                                                             \
    MEMBER_IDS_FROM(proof) " JOIN orgd_organizations o ON o.id = m.organization_id AND o.ended IS NULL"
#define MEMBER_WHERE(proof) CALLER_WHERE(proof) " AND NOT " CALLER_IS_SUPERUSER(proof)
#define MEMBER_PAGE " ORDER BY m.organization_created, m.organization_id LIMIT :limit OFFSET :offset"
#define SUPERUSER_FROM(proof) CALLER_FROM(proof) " JOIN orgd_organizations o"
#define SUPERUSER_WHERE(proof) CALLER_WHERE(proof) " AND " CALLER_IS_SUPERUSER(proof) " AND o.ended IS NULL"
/* Without this the server sorts the whole table when a page begins far from the start. */
#define IN_ORDER " FORCE INDEX FOR ORDER BY (orgd_organizations_created, orgd_organizations_owner)"
#define SUPERUSER_PAGE " ORDER BY o.created, o.id LIMIT :limit OFFSET :offset"

#define SELECT_PAGE(proof, more_columns, member_page, superuser_page)                                                  \
    "SELECT " CALLER_COLUMNS(proof) ", " SHOWN_COLUMNS SUBSCRIPTION_COLUMNS more_columns CALLER_FROM(                  \
        proof) " LEFT JOIN ((" member_page ") UNION ALL (" superuser_page                                              \
               ")) p ON TRUE LEFT JOIN orgd_organizations o ON o.id = p.id AND o.ended IS NULL" CALLER_WHERE(proof)

/* What a parameter leads to is asked by subqueries of its own: the server knows their values before it makes the plan,
 * so that it looks them up in an index like a parameter. It would not do so with the row of an outer join. */
#define FILTERS                                                                                                        \
    " AND (:name_key IS NULL OR o.name_key = :name_key) AND (:owner_id IS NULL OR o.owner_id = :owner_id)"             \
    " AND (:owner_key IS NULL OR o.owner_id = (SELECT w.id FROM orgd_accounts w WHERE w.name_key = :owner_key))"

/* After the organization of `after`, or after the time that its id tells. */
#define BEHIND(created, id, known)                                                                                     \
    " AND (:after IS NULL OR (" created " >= COALESCE(" known ", :after_time)"                                         \
    " AND (" created " > COALESCE(" known ", :after_time) OR " id " > :after)))"

#define KNOWN_TO_MEMBER                                                                                                \
    "(SELECT k.organization_created FROM orgd_credentials d JOIN orgd_memberships k ON k.account_id = d.account_id"    \
    " WHERE k.organization_id = :after AND d.id = :caller_id)"
#define KNOWN_TO_SUPERUSER "(SELECT k.created FROM orgd_organizations k WHERE k.id = :after)"

#define AFTER_IS_KNOWN(proof)                                                                                          \
    ", IF(" CALLER_IS_SUPERUSER(proof) ", " KNOWN_TO_SUPERUSER ", " KNOWN_TO_MEMBER ") IS NOT NULL AS after_is_known"
#define LIST(proof)                                                                                                    \
    SELECT_PAGE(proof, AFTER_IS_KNOWN(proof),                                                                          \
                "SELECT o.id" MEMBER_FROM(proof) MEMBER_WHERE(proof)                                                   \
                    FILTERS BEHIND("m.organization_created", "m.organization_id", KNOWN_TO_MEMBER) MEMBER_PAGE,        \
                "SELECT o.id" SUPERUSER_FROM(proof) IN_ORDER SUPERUSER_WHERE(proof)                                    \
                    FILTERS BEHIND("o.created", "o.id", KNOWN_TO_SUPERUSER) SUPERUSER_PAGE)

CALLER_STATEMENTS_DEFINED(organization_sql_list, "organization_list", LIST, &list_params, &list_row);

/* The ids of these pages are in the indexes, which is all that is read of what is skipped. (A condition that is folded
 * away would count as a use of its columns.) */
#define LIST_ALL(proof)                                                                                                \
    SELECT_PAGE(proof, "", "SELECT m.organization_id AS id" MEMBER_IDS_FROM(proof) MEMBER_WHERE(proof) MEMBER_PAGE,    \
                "SELECT o.id" SUPERUSER_FROM(proof) IN_ORDER SUPERUSER_WHERE(proof) SUPERUSER_PAGE)

CALLER_STATEMENTS_DEFINED(organization_sql_list_all, "organization_list_all", LIST_ALL, &list_params, &list_row);

#define LIST_MEMBER(proof)                                                                                             \
    "SELECT " SHOWN_COLUMNS MEMBER_FROM(proof) MEMBER_WHERE(proof) " AND " CALLER_COUNTS(proof) MEMBER_PAGE

CALLER_STATEMENTS_DEFINED(organization_sql_list_member, "organization_list_member", LIST_MEMBER, &list_params,
                          &list_row);

#define COUNT(proof)                                                                                                   \
    "SELECT (SELECT COUNT(*)" MEMBER_FROM(proof) MEMBER_WHERE(proof) FILTERS                                           \
        ") + (SELECT COUNT(*)" SUPERUSER_FROM(proof) SUPERUSER_WHERE(proof) FILTERS ") AS total"

CALLER_STATEMENTS_DEFINED(organization_sql_count, "organization_count", COUNT, &list_params, &count_row);

#define COUNT_ALL(proof)                                                                                               \
    "SELECT (SELECT COUNT(*)" MEMBER_FROM(proof) MEMBER_WHERE(proof) ") + (SELECT COUNT(*)" SUPERUSER_FROM(proof)      \
        SUPERUSER_WHERE(proof) ") AS total"

CALLER_STATEMENTS_DEFINED(organization_sql_count_all, "organization_count_all", COUNT_ALL, &list_params, &count_row);

/* Owners */

const struct db_statement organization_sql_owner = {
    .name = "organization_owner",
    .sql = "SELECT is_active AND kind = 'user' AS may_own, kind = 'service' AS is_service FROM orgd_accounts"
           " WHERE id = :owner_id",
    .params = &params,
    .row = &owner_row,
};

/* The server looks at no other index before it takes this one. */
#define TAKE_OWNERSHIP(more)                                                                                           \
    "UPDATE orgd_accounts FORCE INDEX (PRIMARY) SET organizations_owned = organizations_owned + 1" more                \
    " WHERE id = :owner_id AND is_active AND kind = 'user'"                                                            \
    " AND organizations_owned < COALESCE(organization_limit, :default_limit)"

const struct db_statement organization_sql_take_ownership = {
    .name = "organization_take_ownership",
    .sql = TAKE_OWNERSHIP(""),
    .params = &params,
};

/* Whether the caller counts is a column here and not a condition, which the server would plan for longer. */
#define TAKE_OWN(proof)                                                                                                \
    TAKE_OWNERSHIP(", name = (" EVENT_ACTOR_NAME " := name)")                                                          \
    " AND (SELECT c.account_id = :owner_id AND " CALLER_COUNTS(proof) CALLER_FROM(proof) CALLER_WHERE(proof) ")"

CALLER_STATEMENTS_DEFINED(organization_sql_take_own, "organization_take_own", TAKE_OWN, &params, NULL);

const struct db_statement organization_sql_drop_ownership = {
    .name = "organization_drop_ownership",
    .sql = "UPDATE orgd_accounts SET organizations_owned = organizations_owned - 1 WHERE id = :owner_id",
    .params = &params,
};

/* Writes */

const struct db_statement organization_sql_insert = {
    .name = "organization_insert",
    .sql = "INSERT INTO orgd_organizations (id, name, name_key, description, logo_url, links, owner_id,"
           " subscription_status, trial_end, revision, created, updated)"
           " VALUES (:id, :name, :name_key, :description, :logo_url, :links, :owner_id,"
           " :subscription_status, :trial_end, :revision, :created, :updated)",
    .params = &params,
};

const struct db_statement organization_sql_insert_owner = {
    .name = "organization_insert_owner",
    .sql = "INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
           " VALUES (:id, :owner_id, 'admin', :created, :updated)",
    .params = &params,
};

const struct db_statement organization_sql_make_owner_admin = {
    .name = "organization_make_owner_admin",
    .sql = "INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
           " VALUES (:id, :owner_id, 'admin', :created, :updated)"
           " ON DUPLICATE KEY UPDATE own_roles = own_roles | " ROLE_ADMIN_SQL ", mask = mask | " ROLE_ADMIN_SQL,
    .params = &params,
};

const struct db_statement organization_sql_update = {
    .name = "organization_update",
    .sql = "UPDATE orgd_organizations SET name = :name, name_key = :name_key, description = :description,"
           " logo_url = :logo_url, links = :links, owner_id = :owner_id, revision = :revision, updated = :updated"
           " WHERE id = :id AND revision = :previous_revision AND ended IS NULL",
    .params = &params,
};

const struct db_statement organization_sql_end = {
    .name = "organization_end",
    .sql = "UPDATE orgd_organizations SET ended = :updated, name_key = " NO_NAME_KEY ", revision = revision + 1"
           " WHERE id = :id AND revision = :previous_revision AND ended IS NULL",
    .params = &params,
};

const struct db_statement organization_sql_end_memberships = {
    .name = "organization_end_memberships",
    .sql = "DELETE FROM orgd_memberships WHERE organization_id = :id LIMIT 1000",
    .params = &params,
};

const struct db_statement organization_sql_state = {
    .name = "organization_state",
    .sql = "SELECT revision, ended, created, updated FROM orgd_organizations WHERE id = :id FOR UPDATE",
    .params = &params,
    .row = &state_row,
};
