#include "way_in_sql.h"

static const struct db_record params = DB_RECORD(
    struct way_in_params, CALLER_MEMBERS(struct way_in_params, caller), DB_MEMBER(struct way_in_params, account_id),
    DB_MEMBER(struct way_in_params, id), DB_MEMBER(struct way_in_params, kind), DB_MEMBER(struct way_in_params, now),
    DB_MEMBER(struct way_in_params, after), DB_MEMBER(struct way_in_params, offset),
    DB_MEMBER(struct way_in_params, limit));
#define WAY_IN_MEMBERS(row_type, member)                                                                               \
    DB_MEMBER_AS("id", row_type, member id), DB_MEMBER_AS("client", row_type, member client),                          \
        DB_MEMBER_AS("client_name", row_type, member client_name), DB_MEMBER_AS("created", row_type, member created),  \
        DB_MEMBER_AS("last_used", row_type, member last_used), DB_MEMBER_AS("expires", row_type, member expires)
static const struct db_record row =
    DB_RECORD(struct way_in_row, CALLER_ROW_MEMBERS(struct way_in_row, caller),
              WAY_IN_MEMBERS(struct way_in_row, way_in.), DB_MEMBER(struct way_in_row, total));
static const struct db_record all_row = DB_RECORD(struct way_in, WAY_IN_MEMBERS(struct way_in, ));
static const struct db_record owner_row =
    DB_RECORD(struct way_in_owner, DB_MEMBER(struct way_in_owner, account_id), DB_MEMBER(struct way_in_owner, name));

#define SHOWN                                                                                                          \
    "k.id, k.client, n.name AS client_name, k.created,"                                                                \
    " GREATEST(COALESCE(k.rotated, k.created), COALESCE(y.last_used, k.created)) AS last_used, k.expires"

/* What lives of the caller's account, which is bounded. A grant ends with its client. */
#define OWN(proof)                                                                                                     \
    CALLER_FROM(proof)                                                                                                 \
    " JOIN orgd_credentials w FORCE INDEX (orgd_credentials_standing) ON w.account_id = c.account_id"                  \
    " AND w.account_is_active IS NOT NULL LEFT JOIN orgd_clients t ON t.id = w.client_id" CALLER_WHERE(                \
        proof) " AND w.kind = :kind AND w.is_active AND w.expires > :now AND t.ended IS NULL"

#define LIST(proof)                                                                                                    \
    "SELECT " CALLER_COLUMNS(                                                                                          \
        proof) ", " SHOWN                                                                                              \
               ", (SELECT COUNT(*)" OWN(proof) ") AS total" CALLER_FROM(proof) " LEFT JOIN (SELECT w.id" OWN(          \
                   proof) " AND (:after IS NULL OR w.id > :after)"                                                     \
                          " ORDER BY w.id LIMIT :limit OFFSET :offset) q ON TRUE"                                      \
                          " LEFT JOIN orgd_credentials k ON k.id = q.id"                                               \
                          " LEFT JOIN orgd_clients n ON n.id = k.client_id"                                            \
                          " LEFT JOIN orgd_credential_uses y ON y.credential_id = k.id" CALLER_WHERE(                  \
                              proof) " ORDER BY q.id"

CALLER_STATEMENTS_DEFINED(way_in_sql_list, "way_in_list", LIST, &params, &row);

const struct db_statement way_in_sql_list_all = {
    .name = "way_in_list_all",
    .sql = "SELECT " SHOWN " FROM orgd_credentials k FORCE INDEX (orgd_credentials_standing)"
           " LEFT JOIN orgd_clients n ON n.id = k.client_id LEFT JOIN orgd_credential_uses y ON y.credential_id = k.id"
           " WHERE k.account_id = :account_id AND k.account_is_active IS NOT NULL AND k.kind = :kind AND k.is_active"
           " AND k.expires > :now AND n.ended IS NULL ORDER BY k.id",
    .params = &params,
    .row = &all_row,
};

const struct db_statement way_in_sql_find_owner = {
    .name = "way_in_find_owner",
    .sql = "SELECT a.id AS account_id, a.name FROM orgd_credentials k JOIN orgd_accounts a ON a.id = k.account_id"
           " WHERE k.id = :id AND k.kind = :kind AND k.account_is_active IS NOT NULL",
    .params = &params,
    .row = &owner_row,
};

const struct db_statement way_in_sql_end = {
    .name = "way_in_end",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS
           " WHERE id = :id AND account_id = :account_id AND kind = :kind AND " CREDENTIAL_LIVES,
    .params = &params,
};
