#include "key_sql.h"

#include "account_sql.h"
#include "domain/access/use_sql.h"

#define KEY_MEMBERS(struct_type)                                                                                       \
    DB_MEMBER_AS("id", struct_type, key.id), DB_MEMBER_AS("name", struct_type, key.name),                              \
        DB_MEMBER_AS("description", struct_type, key.description), DB_MEMBER_AS("hint", struct_type, key.hint),        \
        DB_MEMBER_AS("is_active", struct_type, key.is_active), DB_MEMBER_AS("created", struct_type, key.created),      \
        DB_MEMBER_AS("rotated", struct_type, key.rotated),                                                             \
        DB_MEMBER_AS("retained_until", struct_type, key.retained_until),                                               \
        DB_MEMBER_AS("expires", struct_type, key.expires), DB_MEMBER_AS("revision", struct_type, key.revision)

static const struct db_record params =
    DB_RECORD(struct key_params, CALLER_MEMBERS(struct key_params, caller), DB_MEMBER(struct key_params, account_id),
              DB_MEMBER(struct key_params, organization_id), DB_MEMBER(struct key_params, name_key),
              DB_MEMBER(struct key_params, kind), KEY_MEMBERS(struct key_params), DB_MEMBER(struct key_params, secret),
              DB_MEMBER(struct key_params, now), DB_MEMBER(struct key_params, maximum));

#define ROW_MEMBERS                                                                                                    \
    KEY_MEMBERS(struct key_row), DB_MEMBER_AS("last_used", struct key_row, key.last_used),                             \
        DB_MEMBER_AS("account_id", struct key_row, account.id),                                                        \
        DB_MEMBER_AS("account_name", struct key_row, account.name),                                                    \
        DB_MEMBER_AS("is_service", struct key_row, account.is_service),                                                \
        DB_MEMBER_AS("organization_id", struct key_row, account.organization_id),                                      \
        DB_MEMBER_AS("organization", struct key_row, account.organization),                                            \
        DB_MEMBER(struct key_row, holder_is_superuser), DB_MEMBER(struct key_row, key_count)

static const struct db_record row = DB_RECORD(struct key_row, ROW_MEMBERS);

/* The names of the caller's columns come first. */
static const struct db_record caller_row =
    DB_RECORD(struct key_row, CALLER_ROW_MEMBERS(struct key_row, caller), ROW_MEMBERS);
static const struct db_record access_row = DB_RECORD(struct key_row, ACCESS_ROW_MEMBERS(struct key_row, access),
                                                     ROW_MEMBERS, DB_MEMBER_AS("holder_mask", struct key_row, mask));

/* Reading */

#define KEY_COLUMNS                                                                                                    \
    "k.id, k.name, k.description, k.hint, k.is_active, k.created, " USE_COLUMN ", k.rotated, k.retained_until,"        \
    " k.expires, k.revision"
#define ACCOUNT_SEEN "a.id AS account_id, a.name AS account_name, a.kind = 'service' AS is_service"
/* Only keys and tokens that live have names. */
#define COUNT_KEYS "(SELECT COUNT(*) FROM orgd_credentials n WHERE n.account_id = a.id AND n.name IS NOT NULL)"
#define KEY_COUNT "IF(:id IS NULL, " COUNT_KEYS ", 0) AS key_count"
#define THE_KEY                                                                                                        \
    " LEFT JOIN orgd_credentials k ON k.id = :id AND k.account_id = a.id AND k.kind = :kind"                           \
    " AND k." CREDENTIAL_LIVES USE_OF("k")

#define SEE_OWN(proof)                                                                                                 \
    "SELECT " CALLER_COLUMNS(proof) ", c.account_is_superuser AS holder_is_superuser, " ACCOUNT_SEEN ", " KEY_COUNT    \
                                    ", " KEY_COLUMNS                                                                   \
                                    CALLER_FROM(proof) " JOIN orgd_accounts a ON a.id = c.account_id" THE_KEY          \
                                    CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(key_sql_see_own, "key_see_own", SEE_OWN, &params, &caller_row);

/* An account has few keys (KEY_MAX), so that all are read, and a page is cut from them. */
#define LIST_OWN(proof)                                                                                                \
    "SELECT " CALLER_COLUMNS(proof) ", a.id AS account_id, a.kind = 'service' AS is_service, " KEY_COLUMNS             \
    CALLER_FROM(proof) " JOIN orgd_accounts a ON a.id = c.account_id"                                                  \
                       " LEFT JOIN orgd_credentials k ON k.account_id = c.account_id AND k.name IS NOT NULL" USE_OF(   \
                           "k") CALLER_WHERE(proof) " ORDER BY k.id"

CALLER_STATEMENTS_DEFINED(key_sql_list_own, "key_list_own", LIST_OWN, &params, &caller_row);

#define IN_ORGANIZATION(proof) ACCESS_FROM(proof, "o.id = :organization_id") SERVICE_ACCOUNT_OF(":account_id")

#define SEE_IN_ORGANIZATION(proof)                                                                                     \
    "SELECT " ACCESS_SELECT(                                                                                           \
        proof) ", " ACCOUNT_SEEN ", a.organization_id, o.name AS organization,"                                        \
               " w.mask AS holder_mask, " KEY_COUNT ", " KEY_COLUMNS                                                   \
               IN_ORGANIZATION(                                                                                        \
                   proof) " LEFT JOIN orgd_memberships w ON w.organization_id = o.id AND w.account_id = a.id" THE_KEY  \
               CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(key_sql_see_in_organization, "key_see_in_organization", SEE_IN_ORGANIZATION, &params,
                          &access_row);

#define LIST_IN_ORGANIZATION(proof)                                                                                      \
    "SELECT " ACCESS_SELECT(proof) ", a.id AS account_id, " KEY_COLUMNS                                                  \
    IN_ORGANIZATION(proof) " LEFT JOIN orgd_credentials k ON k.account_id = a.id AND k.name IS NOT NULL" ACCESS_MAY_SEE( \
        proof, ":organization_id") USE_OF("k") CALLER_WHERE(proof) " ORDER BY k.id"

CALLER_STATEMENTS_DEFINED(key_sql_list_in_organization, "key_list_in_organization", LIST_IN_ORGANIZATION, &params,
                          &access_row);

/* A key ends with its organization, without being touched. */
const struct db_statement key_sql_see_as_operator = {
    .name = "key_see_as_operator",
    .sql = "SELECT " ACCOUNT_SEEN ", a.organization_id, o.name AS organization, " KEY_COUNT ", " KEY_COLUMNS
           " FROM orgd_accounts a LEFT JOIN orgd_organizations o ON o.id = a.organization_id" THE_KEY
           " WHERE a.id = COALESCE(:account_id, (SELECT f.account_id FROM orgd_credentials f WHERE f.id = :id))"
           " AND a.ended IS NULL AND o.ended IS NULL",
    .params = &params,
    .row = &row,
};

const struct db_statement key_sql_list = {
    .name = "key_list",
    .sql = "SELECT " KEY_COLUMNS " FROM orgd_credentials k" USE_OF(
        "k") " WHERE k.account_id = :account_id AND k.name IS NOT NULL ORDER BY k.name",
    .params = &params,
    .row = &row,
};

const struct db_statement key_sql_lock = {
    .name = "key_lock",
    .sql = "SELECT id FROM orgd_credentials WHERE id = :id FOR UPDATE",
    .params = &params,
    .row = &row,
};

/* Writing */

#define INSERT                                                                                                         \
    "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS                                                                   \
    ", id, kind, name, description, hint, secret_digest, created, expires)"                                            \
    " SELECT " ACCOUNT_VALUES ", :id, :kind, :name, :description, :hint, :secret, :now, :expires"
#define BELOW_MAXIMUM " AND " COUNT_KEYS " < :maximum"
#define BY(proof) " AND " CALLER_STILL_COUNTS(proof)
#define INSERT_BY(proof) INSERT FOR_ACCOUNT BELOW_MAXIMUM BY(proof)

CALLER_STATEMENTS_DEFINED(key_sql_insert, "key_insert", INSERT_BY, &params, NULL);

const struct db_statement key_sql_insert_as_operator = {
    .name = "key_insert_as_operator",
    .sql = INSERT FOR_ACCOUNT BELOW_MAXIMUM,
    .params = &params,
};

#define AS_READ " WHERE k.id = :id AND k.revision = :revision AND k." CREDENTIAL_LIVES

/* MariaDB assigns from left to right: compare before the new value is there. A change of is_active ends the access
 * tokens (END_TOKENS). */
#define UPDATE                                                                                                         \
    "UPDATE orgd_credentials k SET name = :name, description = :description,"                                          \
    " generation = generation + IF(is_active <> :is_active, 2, 0), is_active = :is_active, revision = revision + 1" AS_READ
#define UPDATE_BY(proof) UPDATE BY(proof)

CALLER_STATEMENTS_DEFINED(key_sql_update, "key_update", UPDATE_BY, &params, NULL);

const struct db_statement key_sql_update_as_operator = {
    .name = "key_update_as_operator",
    .sql = UPDATE,
    .params = &params,
};

/* Keeps the digest before replacing it. The retained secret and the tokens made of it have the generation before the
 * current one. */
#define ROTATE                                                                                                         \
    "UPDATE orgd_credentials k SET retained_digest = IF(:retained_until IS NULL, NULL, secret_digest),"                \
    " retained_until = :retained_until, secret_digest = :secret, hint = :hint, rotated = :now,"                        \
    " generation = generation + 1, revision = revision + 1" AS_READ
#define ROTATE_BY(proof) ROTATE BY(proof)

CALLER_STATEMENTS_DEFINED(key_sql_rotate, "key_rotate", ROTATE_BY, &params, NULL);

const struct db_statement key_sql_rotate_as_operator = {
    .name = "key_rotate_as_operator",
    .sql = ROTATE,
    .params = &params,
};

#define END "UPDATE orgd_credentials k SET " CREDENTIAL_ENDS AS_READ
#define END_BY(proof) END BY(proof)

CALLER_STATEMENTS_DEFINED(key_sql_end, "key_end", END_BY, &params, NULL);

const struct db_statement key_sql_end_as_operator = {
    .name = "key_end_as_operator",
    .sql = END,
    .params = &params,
};
