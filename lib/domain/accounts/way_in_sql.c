#include "way_in_sql.h"

static const struct db_record params = DB_RECORD(
    struct way_in_params, CALLER_MEMBERS(struct way_in_params, caller), DB_MEMBER(struct way_in_params, account_id),
    DB_MEMBER(struct way_in_params, id), DB_MEMBER(struct way_in_params, kind), DB_MEMBER(struct way_in_params, now),
    DB_MEMBER(struct way_in_params, after), DB_MEMBER(struct way_in_params, offset),
    DB_MEMBER(struct way_in_params, limit));
static const struct db_record row = DB_RECORD(
    struct way_in_row, CALLER_ROW_MEMBERS(struct way_in_row, caller), DB_MEMBER_AS("id", struct way_in_row, way_in.id),
    DB_MEMBER_AS("client", struct way_in_row, way_in.client),
    DB_MEMBER_AS("client_name", struct way_in_row, way_in.client_name),
    DB_MEMBER_AS("created", struct way_in_row, way_in.created),
    DB_MEMBER_AS("last_used", struct way_in_row, way_in.last_used),
    DB_MEMBER_AS("expires", struct way_in_row, way_in.expires), DB_MEMBER(struct way_in_row, total));

/* What lives of the caller's account, which is bounded. A grant ends with its client. */
#define OWN(proof)                                                                                                     \
    CALLER_FROM(proof)                                                                                                 \
    " JOIN orgd_credentials w FORCE INDEX (orgd_credentials_standing) ON w.account_id = c.account_id"                  \
    " AND w.account_is_active IS NOT NULL LEFT JOIN orgd_clients t ON t.id = w.client_id" CALLER_WHERE(                \
        proof) " AND w.kind = :kind AND w.is_active AND w.expires > :now AND t.ended IS NULL"

#define LIST(proof)                                                                                                    \
    "SELECT " CALLER_COLUMNS(                                                                                          \
        proof) ", k.id, k.client, n.name AS client_name, k.created,"                                                   \
               " GREATEST(COALESCE(k.rotated, k.created), COALESCE(y.last_used, k.created)) AS last_used, k.expires,"  \
               " (SELECT COUNT(*)" OWN(proof) ") AS total" CALLER_FROM(proof) " LEFT JOIN (SELECT w.id" OWN(           \
                   proof) " AND (:after IS NULL OR w.id > :after)"                                                     \
                          " ORDER BY w.id LIMIT :limit OFFSET :offset) q ON TRUE"                                      \
                          " LEFT JOIN orgd_credentials k ON k.id = q.id"                                               \
                          " LEFT JOIN orgd_clients n ON n.id = k.client_id"                                            \
                          " LEFT JOIN orgd_credential_uses y ON y.credential_id = k.id" CALLER_WHERE(                  \
                              proof) " ORDER BY q.id"

CALLER_STATEMENTS_DEFINED(way_in_sql_list, "way_in_list", LIST, &params, &row);

const struct db_statement way_in_sql_end = {
    .name = "way_in_end",
    .sql = "UPDATE orgd_credentials SET " CREDENTIAL_ENDS
           " WHERE id = :id AND account_id = :account_id AND kind = :kind AND " CREDENTIAL_LIVES,
    .params = &params,
};
