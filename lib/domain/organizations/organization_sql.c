#include "domain/access/caller_sql.h"
#include "organization_private.h"

#define ORG_COLUMNS                                                                                                     \
    "o.id, o.name, o.description, o.logo_url, o.links, o.owner_id, o.subscription_status + 0, o.trial_end, o.revision," \
    " o.created, o.updated"

#define ORG_FIELDS(row_type)                                                                                           \
    DB_FIELD(row_type, org.id), DB_FIELD(row_type, org.name), DB_FIELD(row_type, org.description),                     \
        DB_FIELD(row_type, org.logo_url), DB_FIELD(row_type, org.links), DB_FIELD(row_type, org.owner_id),             \
        DB_FIELD(row_type, org.subscription_status), DB_FIELD(row_type, org.trial_end),                                \
        DB_FIELD(row_type, org.revision), DB_FIELD(row_type, org.created), DB_FIELD(row_type, org.updated)

/* One organization */

static const struct db_field get_by_id_params[] = {
    DB_FIELD(struct org_get_params, id),
    DB_FIELD(struct org_get_params, credential),
};

static const struct db_field get_by_name_params[] = {
    DB_FIELD(struct org_get_params, name_key),
    DB_FIELD(struct org_get_params, credential),
};

static const struct db_field get_columns[] = {
    CALLER_FIELDS(struct org_row),
    ORG_FIELDS(struct org_row),
    DB_FIELD(struct org_row, role),
};

#define SELECT_ONE(condition)                                                                                          \
    "SELECT " CALLER_COLUMNS ", " ORG_COLUMNS ", m.role + 0" CALLER_FROM " LEFT JOIN organizations o ON " condition    \
    " LEFT JOIN memberships m ON m.organization_id = o.id AND m.account_id = c.account_id" CALLER_WHERE

const struct db_statement org_sql_get_by_id = {
    .name = "org_get_by_id",
    .sql = SELECT_ONE("o.id = ?"),
    DB_PARAMS(get_by_id_params),
    DB_COLUMNS(struct org_row, get_columns),
};

const struct db_statement org_sql_get_by_name = {
    .name = "org_get_by_name",
    .sql = SELECT_ONE("o.name_key = ?"),
    DB_PARAMS(get_by_name_params),
    DB_COLUMNS(struct org_row, get_columns),
};

static const struct db_field authenticate_params[] = {DB_FIELD(struct org_get_params, credential)};
static const struct db_field authenticate_columns[] = {CALLER_FIELDS(struct org_row)};

const struct db_statement org_sql_authenticate = {
    .name = "org_authenticate",
    .sql = "SELECT " CALLER_COLUMNS CALLER_FROM CALLER_WHERE,
    DB_PARAMS(authenticate_params),
    DB_COLUMNS(struct org_row, authenticate_columns),
};

/* Lists. The ids of the page come first, in order: of two branches one is impossible once the caller's row has been
 * read, and costs nothing then. A member's goes along the index of memberships, a superuser's along that of
 * organizations. Joined to the caller and not filtered by it, an empty page still says who is calling. (ORDER BY on the
 * inner side of an outer join would sort all that a member has.) A filter whose parameter is NULL is folded away before
 * the plan is made. */

#define PAGE_COLUMNS "o.id, o.name, o.description, o.logo_url, o.links, o.owner_id, o.created, o.updated"

#define PAGE_FIELDS(row_type)                                                                                          \
    DB_FIELD(row_type, org.id), DB_FIELD(row_type, org.name), DB_FIELD(row_type, org.description),                     \
        DB_FIELD(row_type, org.logo_url), DB_FIELD(row_type, org.links), DB_FIELD(row_type, org.owner_id),             \
        DB_FIELD(row_type, org.created), DB_FIELD(row_type, org.updated)

#define MEMBER_IDS_FROM CALLER_FROM " JOIN memberships m ON m.account_id = c.account_id"
#define MEMBER_FROM MEMBER_IDS_FROM " JOIN organizations o ON o.id = m.organization_id"
#define MEMBER_WHERE CALLER_WHERE " AND NOT c.account_is_superuser"
#define MEMBER_PAGE " ORDER BY m.organization_created, m.organization_id LIMIT ? OFFSET ?"
#define SUPERUSER_FROM CALLER_FROM " JOIN organizations o"
#define SUPERUSER_WHERE CALLER_WHERE " AND c.account_is_superuser"
/* Left alone, the server sorts the whole table once a page begins far behind. */
#define IN_ORDER " FORCE INDEX FOR ORDER BY (organizations_created, organizations_owner)"
#define SUPERUSER_PAGE " ORDER BY o.created, o.id LIMIT ? OFFSET ?"

#define SELECT_PAGE(more_columns, member_page, superuser_page)                                                         \
    "SELECT " CALLER_COLUMNS ", " PAGE_COLUMNS ", o.subscription_status + 0, o.trial_end" more_columns CALLER_FROM     \
    " LEFT JOIN ((" member_page ") UNION ALL (" superuser_page                                                         \
    ")) p ON TRUE LEFT JOIN organizations o ON o.id = p.id" CALLER_WHERE

/* What a parameter leads to is asked by subqueries of its own: their values are known before the plan is made, so that
 * they are looked up in an index like a parameter. The row of an outer join would not be. */
#define FILTERS                                                                                                        \
    " AND (? IS NULL OR o.name_key = ?) AND (? IS NULL OR o.owner_id = ?)"                                             \
    " AND (? IS NULL OR o.owner_id = (SELECT w.id FROM accounts w WHERE w.name_key = ?))"

#define FILTER_PARAMS                                                                                                  \
    DB_FIELD(struct org_list_params, name_key), DB_FIELD(struct org_list_params, name_key),                            \
        DB_FIELD(struct org_list_params, owner_id), DB_FIELD(struct org_list_params, owner_id),                        \
        DB_FIELD(struct org_list_params, owner_key), DB_FIELD(struct org_list_params, owner_key)

/* Behind the organization of `after`, or behind the time its id tells. */
#define BEHIND(created, id, known)                                                                                     \
    " AND (? IS NULL OR (" created " >= COALESCE(" known ", ?) AND (" created " > COALESCE(" known ", ?) OR " id       \
    " > ?)))"

#define KNOWN_TO_MEMBER                                                                                                \
    "(SELECT k.organization_created FROM credentials d JOIN memberships k ON k.account_id = d.account_id"              \
    " WHERE k.organization_id = ? AND d.id = ?)"
#define KNOWN_TO_SUPERUSER "(SELECT k.created FROM organizations k WHERE k.id = ?)"

#define KNOWN_TO_MEMBER_PARAMS                                                                                         \
    DB_FIELD(struct org_list_params, after), DB_FIELD(struct org_list_params, caller.id),                              \
        DB_FIELD(struct org_list_params, after_time)
#define KNOWN_TO_SUPERUSER_PARAMS DB_FIELD(struct org_list_params, after), DB_FIELD(struct org_list_params, after_time)

#define PAGE_PARAMS DB_FIELD(struct org_list_params, limit), DB_FIELD(struct org_list_params, offset)

#define BRANCH_PARAMS(KNOWN_PARAMS)                                                                                    \
    DB_FIELD(struct org_list_params, caller.id), FILTER_PARAMS, DB_FIELD(struct org_list_params, after), KNOWN_PARAMS, \
        KNOWN_PARAMS, DB_FIELD(struct org_list_params, after), PAGE_PARAMS

static const struct db_field list_params[] = {
    DB_FIELD(struct org_list_params, after),     DB_FIELD(struct org_list_params, after),
    DB_FIELD(struct org_list_params, caller.id), BRANCH_PARAMS(KNOWN_TO_MEMBER_PARAMS),
    BRANCH_PARAMS(KNOWN_TO_SUPERUSER_PARAMS),    DB_FIELD(struct org_list_params, caller.id),
};

static const struct db_field list_columns[] = {
    CALLER_FIELDS(struct org_list_row),
    PAGE_FIELDS(struct org_list_row),
    DB_FIELD(struct org_list_row, org.subscription_status),
    DB_FIELD(struct org_list_row, org.trial_end),
    DB_FIELD(struct org_list_row, after_is_known),
};

const struct db_statement org_sql_list = {
    .name = "org_list",
    .sql = SELECT_PAGE(", IF(c.account_is_superuser, " KNOWN_TO_SUPERUSER ", " KNOWN_TO_MEMBER ") IS NOT NULL",
                       "SELECT o.id" MEMBER_FROM MEMBER_WHERE FILTERS BEHIND(
                           "m.organization_created", "m.organization_id", KNOWN_TO_MEMBER) MEMBER_PAGE,
                       "SELECT o.id" SUPERUSER_FROM IN_ORDER SUPERUSER_WHERE FILTERS BEHIND(
                           "o.created", "o.id", KNOWN_TO_SUPERUSER) SUPERUSER_PAGE),
    DB_PARAMS(list_params),
    DB_COLUMNS(struct org_list_row, list_columns),
};

/* The ids of these pages are in the indexes, which is all that is read of what is skipped. (A condition that is folded
 * away would count as a use of its columns.) */

static const struct db_field list_all_params[] = {
    DB_FIELD(struct org_list_params, caller.id), PAGE_PARAMS, DB_FIELD(struct org_list_params, caller.id), PAGE_PARAMS,
    DB_FIELD(struct org_list_params, caller.id),
};

static const struct db_field list_all_columns[] = {
    CALLER_FIELDS(struct org_list_row),
    PAGE_FIELDS(struct org_list_row),
    DB_FIELD(struct org_list_row, org.subscription_status),
    DB_FIELD(struct org_list_row, org.trial_end),
};

const struct db_statement org_sql_list_all = {
    .name = "org_list_all",
    .sql = SELECT_PAGE("", "SELECT m.organization_id AS id" MEMBER_IDS_FROM MEMBER_WHERE MEMBER_PAGE,
                       "SELECT o.id" SUPERUSER_FROM IN_ORDER SUPERUSER_WHERE SUPERUSER_PAGE),
    DB_PARAMS(list_all_params),
    DB_COLUMNS(struct org_list_row, list_all_columns),
};

static const struct db_field list_member_params[] = {
    DB_FIELD(struct org_list_params, caller.id),
    CALLER_PARAMS(struct org_list_params),
    DB_FIELD(struct org_list_params, limit),
    DB_FIELD(struct org_list_params, offset),
};

static const struct db_field list_member_columns[] = {
    PAGE_FIELDS(struct org_list_row),
};

const struct db_statement org_sql_list_member = {
    .name = "org_list_member",
    .sql = "SELECT " PAGE_COLUMNS MEMBER_FROM MEMBER_WHERE " AND " CALLER_COUNTS MEMBER_PAGE,
    DB_PARAMS(list_member_params),
    DB_COLUMNS(struct org_list_row, list_member_columns),
};

static const struct db_field count_params[] = {
    DB_FIELD(struct org_list_params, caller.id),
    FILTER_PARAMS,
    DB_FIELD(struct org_list_params, caller.id),
    FILTER_PARAMS,
};

static const struct db_field count_columns[] = {DB_FIELD(struct org_count_row, total)};

const struct db_statement org_sql_count = {
    .name = "org_count",
    .sql = "SELECT (SELECT COUNT(*)" MEMBER_FROM MEMBER_WHERE FILTERS
           ") + (SELECT COUNT(*)" SUPERUSER_FROM SUPERUSER_WHERE FILTERS ")",
    DB_PARAMS(count_params),
    DB_COLUMNS(struct org_count_row, count_columns),
};

static const struct db_field count_all_params[] = {
    DB_FIELD(struct org_list_params, caller.id),
    DB_FIELD(struct org_list_params, caller.id),
};

const struct db_statement org_sql_count_all = {
    .name = "org_count_all",
    .sql = "SELECT (SELECT COUNT(*)" MEMBER_IDS_FROM MEMBER_WHERE ") + (SELECT COUNT(*)" SUPERUSER_FROM SUPERUSER_WHERE
           ")",
    DB_PARAMS(count_all_params),
    DB_COLUMNS(struct org_count_row, count_columns),
};

/* Owners */

static const struct db_field owner_params[] = {DB_FIELD(struct org_owner_params, owner_id)};

static const struct db_field owner_columns[] = {
    DB_FIELD(struct org_owner_row, may_own),
    DB_FIELD(struct org_owner_row, is_service),
};

const struct db_statement org_sql_owner = {
    .name = "org_owner",
    .sql = "SELECT is_active AND kind = 'user', kind = 'service' FROM accounts WHERE id = ?",
    DB_PARAMS(owner_params),
    DB_COLUMNS(struct org_owner_row, owner_columns),
};

#define TAKE_OWNERSHIP                                                                                                 \
    "UPDATE accounts SET organizations_owned = organizations_owned + 1"                                                \
    " WHERE id = ? AND is_active AND kind = 'user' AND organizations_owned < COALESCE(organization_limit, ?)"

static const struct db_field take_ownership_params[] = {
    DB_FIELD(struct org_owner_params, owner_id),
    DB_FIELD(struct org_owner_params, default_limit),
};

const struct db_statement org_sql_take_ownership = {
    .name = "org_take_ownership",
    .sql = TAKE_OWNERSHIP,
    DB_PARAMS(take_ownership_params),
};

static const struct db_field drop_ownership_params[] = {DB_FIELD(struct org_owner_params, owner_id)};

const struct db_statement org_sql_drop_ownership = {
    .name = "org_drop_ownership",
    .sql = "UPDATE accounts SET organizations_owned = organizations_owned - 1 WHERE id = ?",
    DB_PARAMS(drop_ownership_params),
};

/* Writes */

#define MAKE_OWNER_ADMIN                                                                                               \
    "INSERT INTO memberships (organization_id, account_id, role, organization_created) VALUES (?, ?, 'admin', ?)"      \
    " ON DUPLICATE KEY UPDATE role = 'admin'"

#define MAKE_OWNER_ADMIN_PARAMS                                                                                        \
    DB_FIELD(struct org_write_params, org.id), DB_FIELD(struct org_write_params, org.owner_id),                        \
        DB_FIELD(struct org_write_params, org.created)

static const struct db_field create_params[] = {
    DB_FIELD(struct org_write_params, org.owner_id),
    DB_FIELD(struct org_write_params, default_limit),
    DB_FIELD(struct org_write_params, caller.id),
    DB_FIELD(struct org_write_params, caller.id),
    CALLER_PARAMS(struct org_write_params),
    DB_FIELD(struct org_write_params, org.id),
    DB_FIELD(struct org_write_params, org.name),
    DB_FIELD(struct org_write_params, org.name_key),
    DB_FIELD(struct org_write_params, org.description),
    DB_FIELD(struct org_write_params, org.logo_url),
    DB_FIELD(struct org_write_params, org.links),
    DB_FIELD(struct org_write_params, org.owner_id),
    DB_FIELD(struct org_write_params, status),
    DB_FIELD(struct org_write_params, org.trial_end),
    DB_FIELD(struct org_write_params, org.revision),
    DB_FIELD(struct org_write_params, org.created),
    DB_FIELD(struct org_write_params, org.updated),
    MAKE_OWNER_ADMIN_PARAMS,
};

const struct db_statement org_sql_create = {
    .name = "org_create",
    .sql =
        "BEGIN NOT ATOMIC START TRANSACTION; " TAKE_OWNERSHIP
        " AND (? IS NULL OR id = (SELECT c.account_id" CALLER_FROM CALLER_WHERE " AND " CALLER_COUNTS "));"
        " IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000'; END IF;"
        " INSERT INTO organizations (id, name, name_key, description, logo_url, links, owner_id, subscription_status,"
        " trial_end, revision, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?); " MAKE_OWNER_ADMIN
        "; COMMIT; END",
    DB_PARAMS(create_params),
};

static const struct db_field owner_membership_params[] = {MAKE_OWNER_ADMIN_PARAMS};

const struct db_statement org_sql_insert_owner_membership = {
    .name = "org_insert_owner_membership",
    .sql = MAKE_OWNER_ADMIN,
    DB_PARAMS(owner_membership_params),
};

static const struct db_field update_params[] = {
    DB_FIELD(struct org_write_params, org.name),        DB_FIELD(struct org_write_params, org.name_key),
    DB_FIELD(struct org_write_params, org.description), DB_FIELD(struct org_write_params, org.logo_url),
    DB_FIELD(struct org_write_params, org.links),       DB_FIELD(struct org_write_params, org.owner_id),
    DB_FIELD(struct org_write_params, org.revision),    DB_FIELD(struct org_write_params, org.updated),
    DB_FIELD(struct org_write_params, org.id),          DB_FIELD(struct org_write_params, previous_revision),
};

const struct db_statement org_sql_update = {
    .name = "org_update",
    .sql = "UPDATE organizations SET name = ?, name_key = ?, description = ?, logo_url = ?, links = ?, owner_id = ?,"
           " revision = ?, updated = ? WHERE id = ? AND revision = ?",
    DB_PARAMS(update_params),
};

static const struct db_field delete_params[] = {
    DB_FIELD(struct org_write_params, org.id),
    DB_FIELD(struct org_write_params, previous_revision),
};

const struct db_statement org_sql_delete = {
    .name = "org_delete",
    .sql = "DELETE FROM organizations WHERE id = ? AND revision = ?",
    DB_PARAMS(delete_params),
};

static const struct db_field state_params[] = {DB_FIELD(struct org_write_params, org.id)};
static const struct db_field state_columns[] = {
    DB_FIELD(struct org_state_row, revision),
    DB_FIELD(struct org_state_row, created),
    DB_FIELD(struct org_state_row, updated),
};

const struct db_statement org_sql_state = {
    .name = "org_state",
    .sql = "SELECT revision, created, updated FROM organizations WHERE id = ? FOR UPDATE",
    DB_PARAMS(state_params),
    DB_COLUMNS(struct org_state_row, state_columns),
};
