#include "service_account_sql.h"

#include "domain/accounts/account_sql.h"

static const struct db_record params = DB_RECORD(
    struct service_account_params, CALLER_MEMBERS(struct service_account_params, caller),
    DB_MEMBER(struct service_account_params, organization_id),
    DB_MEMBER(struct service_account_params, service_account_id), DB_MEMBER(struct service_account_params, name_key));
static const struct db_record row = DB_RECORD(
    struct service_account_row, ACCESS_ROW_MEMBERS(struct service_account_row, access),
    ACCOUNT_MEMBERS(struct service_account_row), DB_MEMBER_AS("holder_mask", struct service_account_row, mask));
static const struct db_record list_params = DB_RECORD(
    struct service_account_list_params, CALLER_MEMBERS(struct service_account_list_params, caller),
    DB_MEMBER(struct service_account_list_params, organization_id),
    DB_MEMBER(struct service_account_list_params, name_key), DB_MEMBER(struct service_account_list_params, search),
    DB_MEMBER(struct service_account_list_params, search_key), DB_MEMBER(struct service_account_list_params, after),
    DB_MEMBER(struct service_account_list_params, offset), DB_MEMBER(struct service_account_list_params, limit));
static const struct db_record list_row =
    DB_RECORD(struct service_account_list_row, LISTING_MEMBERS(struct service_account_list_row),
              ACCOUNT_MEMBERS(struct service_account_list_row));

/* One service account */

#define THE_ACCOUNT                                                                                                    \
    SERVICE_ACCOUNT_OF(":service_account_id")                                                                          \
    ACCOUNT_JOINS " LEFT JOIN orgd_memberships w ON w.organization_id = o.id AND w.account_id = a.id"
#define SEEN ", o.name AS organization, " ACCOUNT_SHOWN ", w.mask AS holder_mask, " ACCOUNT_ROLE("w")
#define SEE(proof)                                                                                                     \
    "SELECT " ACCESS_SELECT(proof) SEEN ACCESS_FROM(proof, "o.id = :organization_id") THE_ACCOUNT CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(service_account_sql_see, "service_account_see", SEE, &params, &row);

const struct db_statement service_account_sql_see_as_operator = {
    .name = "service_account_see_as_operator",
    .sql = "SELECT " ACCESS_SEEN SEEN " FROM orgd_organizations o" THE_ACCOUNT
           " WHERE o.id = :organization_id AND o.ended IS NULL",
    .params = &params,
    .row = &row,
};

/* Lists. The key of a name ends with the octet FF and the organization's id (SERVICE_NAME_KEY), which is no part of the
 * name. */

#define SERVICE_ACCOUNTS                                                                                                  \
    "orgd_accounts n FORCE INDEX (orgd_accounts_organization) WHERE n.organization_id = :organization_id"                 \
    " AND n.ended IS NULL"                                                                                                \
    " AND (:name_key IS NULL OR n.name_key = " SERVICE_NAME_KEY(                                                          \
        ":organization_id") ")"                                                                                           \
                            " AND (:search IS NULL OR LOCATE(:search_key, LEFT(n.name_key, LENGTH(n.name_key) - 17)) > 0" \
                            " OR LOCATE(:search, n.full_name COLLATE utf8mb4_unicode_520_ci) > 0)"
#define LIST(proof)                                                                                                    \
    "SELECT " LISTING_SELECT(proof) ", TRUE AS after_is_known, " ACCOUNT_SHOWN ACCESS_FROM(                            \
        proof, "o.id = :organization_id") " LEFT JOIN (SELECT n.id, NULL AS created FROM " SERVICE_ACCOUNTS            \
    ACCESS_MAY_SEE(proof, ":organization_id") " AND (:after IS NULL"                                                   \
                                              " OR n.id > :after) ORDER BY n.id"                                       \
                                              " LIMIT :limit OFFSET :offset)"                                          \
                                              " l ON TRUE LEFT JOIN"                                                   \
                                              " orgd_accounts a ON a.id = l.id" ACCOUNT_JOINS                          \
                                              CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(service_account_sql_list, "service_account_list", LIST, &list_params, &list_row);

const struct db_statement service_account_sql_count = {
    .name = "service_account_count",
    .sql = "SELECT COUNT(*) AS total FROM " SERVICE_ACCOUNTS,
    .params = &list_params,
    .row = &listing_count_row,
};
