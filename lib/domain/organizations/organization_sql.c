#include "organization_sql.h"

#include "domain/access/access_sql.h"
#include "domain/events/event_sql.h"
#include "role_ids_sql.h"

/* Columns and members, from organization.def */

#define NOTHING()

#define MEMBER_OF_PARAMS(member, type, use) DB_MEMBER_AS(#member, struct organization_params, organization.member),
#define MEMBER_OF_ROW(member, type, use) DB_MEMBER_AS(#member, struct organization_row, organization.member),
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

#define ORGANIZATION_COLUMNS "o.id" ORGANIZATION_FIELDS(COLUMN, NOTHING)

static const struct db_record params =
    DB_RECORD(struct organization_params,
              ORGANIZATION_FIELDS(MEMBER_OF_PARAMS, NOTHING) CALLER_MEMBERS(struct organization_params, caller),
              DB_MEMBER(struct organization_params, name_key), DB_MEMBER(struct organization_params, from),
              DB_MEMBER(struct organization_params, end), DB_MEMBER(struct organization_params, previous_revision),
              DB_MEMBER(struct organization_params, default_limit), DB_MEMBER(struct organization_params, actor_id),
              DB_MEMBER(struct organization_params, bits), DB_MEMBER(struct organization_params, is_superuser));

static const struct db_record row =
    DB_RECORD(struct organization_row,
              ORGANIZATION_FIELDS(MEMBER_OF_ROW, NOTHING) CALLER_ROW_MEMBERS(struct organization_row, caller),
              DB_MEMBER(struct organization_row, mask));

static const struct db_record summary =
    DB_RECORD(struct organization_summary,
              ORGANIZATION_FIELDS(MEMBER_OF_SUMMARY, NOTHING) DB_MEMBER(struct organization_summary, owner),
              DB_MEMBER(struct organization_summary, members));

static const struct db_record owner_row =
    DB_RECORD(struct organization_owner_row, DB_MEMBER(struct organization_owner_row, may_own),
              DB_MEMBER(struct organization_owner_row, is_service));
static const struct db_record owner_name_row =
    DB_RECORD(struct organization_owner_name_row, DB_MEMBER(struct organization_owner_name_row, name));
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

#define IN_RANGE " WHERE o.name_key >= :from AND o.name_key < :end AND o.ended IS NULL"
#define SUMMARIES(symbol, title, text)                                                                                 \
    const struct db_statement symbol = {.name = (title), .sql = (text), .params = &params, .row = &summary}

SUMMARIES(organization_sql_summaries, "organization_summaries", SELECT_SUMMARY IN_RANGE " ORDER BY o.created, o.id");
SUMMARIES(organization_sql_summaries_newest, "organization_summaries_newest",
          SELECT_SUMMARY IN_RANGE " ORDER BY o.created DESC, o.id DESC");
SUMMARIES(organization_sql_summaries_by_name, "organization_summaries_by_name",
          SELECT_SUMMARY IN_RANGE " ORDER BY o.name_key");
SUMMARIES(organization_sql_summaries_by_name_down, "organization_summaries_by_name_down",
          SELECT_SUMMARY IN_RANGE " ORDER BY o.name_key DESC");

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

const struct db_statement organization_sql_owner_name = {
    .name = "organization_owner_name",
    .sql = "SELECT name FROM orgd_accounts WHERE id = :owner_id",
    .params = &params,
    .row = &owner_name_row,
};

/* Writes */

#define INSERT                                                                                                         \
    "INSERT INTO orgd_organizations (id, name, name_key, description, logo_url, links, owner_id,"                      \
    " subscription_status, trial_end, revision, created, updated)"
#define VALUES                                                                                                         \
    ":id, :name, :name_key, :description, :logo_url, :links, :owner_id,"                                               \
    " :subscription_status, :trial_end, :revision, :created, :updated"

const struct db_statement organization_sql_insert = {
    .name = "organization_insert",
    .sql = INSERT " VALUES (" VALUES ")",
    .params = &params,
};

/* An organization has the chain of events of its id. That of the service, or of an account, must not become its own. */
#define IS_NO_OTHER_CHAIN                                                                                              \
    " AND :id <> UNHEX(REPEAT('FF', 16)) AND NOT EXISTS (SELECT 1 FROM orgd_accounts a WHERE a.id = :id)"              \
    " AND (SELECT v.organization_id IS NULL FROM orgd_events v WHERE v.chain_id = :id"                                 \
    " ORDER BY v.occurred_at LIMIT 1) IS NOT TRUE"

const struct db_statement organization_sql_insert_chosen = {
    .name = "organization_insert_chosen",
    .sql = INSERT " SELECT " VALUES " FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM orgd_roles r"
                  " WHERE r.id BETWEEN " ROLE_IDS_OF(":id") " AND " ROLE_IDS_END_OF(":id") ")" IS_NO_OTHER_CHAIN,
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

#define MEMBERSHIP_OF(account)                                                                                         \
    "SELECT 1 FROM orgd_memberships m WHERE m.organization_id = :id AND m.account_id = " account
#define IS_AS_READ                                                                                                     \
    " WHERE id = :id AND revision = :previous_revision AND ended IS NULL AND (:is_superuser OR owner_id = :actor_id"   \
    " OR EXISTS (" MEMBERSHIP_OF(":actor_id") " AND m.mask & :bits <> 0))"

#define UPDATE                                                                                                         \
    "UPDATE orgd_organizations SET name = :name, name_key = :name_key, description = :description,"                    \
    " logo_url = :logo_url, links = :links, owner_id = :owner_id, revision = :revision, updated = :updated" IS_AS_READ \
    " AND (:is_superuser OR owner_id = :owner_id OR EXISTS (" MEMBERSHIP_OF(":owner_id") "))"
#define UPDATE_BY(proof) UPDATE " AND " CALLER_STILL_COUNTS(proof)

CALLER_STATEMENTS_DEFINED(organization_sql_update, "organization_update", UPDATE_BY, &params, NULL);

const struct db_statement organization_sql_update_as_operator = {
    .name = "organization_update_as_operator",
    .sql = UPDATE,
    .params = &params,
};

#define END                                                                                                            \
    "UPDATE orgd_organizations SET ended = :updated, name_key = " NO_NAME_KEY ", revision = revision + 1" IS_AS_READ
#define END_BY(proof) END " AND " CALLER_STILL_COUNTS(proof)

CALLER_STATEMENTS_DEFINED(organization_sql_end, "organization_end", END_BY, &params, NULL);

const struct db_statement organization_sql_end_as_operator = {
    .name = "organization_end_as_operator",
    .sql = END,
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
