#include "access_sql.h"

static const struct db_record params = DB_RECORD(struct access_params, CALLER_MEMBERS(struct access_params, caller),
                                                 DB_MEMBER(struct access_params, organization_id));
static const struct db_record row = DB_RECORD(
    struct access_row, CALLER_ROW_MEMBERS(struct access_row, caller), DB_MEMBER(struct access_row, organization_id),
    DB_MEMBER(struct access_row, owner_id), DB_MEMBER(struct access_row, mask));

#define SEEN "o.id AS organization_id, o.owner_id"

#define SEE(proof)                                                                                                     \
    "SELECT " CALLER_COLUMNS(proof) ", " SEEN ACCESS_COLUMNS ACCESS_FROM(proof, "o.id = :organization_id")             \
        CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(access_sql_see, "access_see", SEE, &params, &row);

const struct db_statement access_sql_see_as_operator = {
    .name = "access_see_as_operator",
    .sql = "SELECT " SEEN " FROM orgd_organizations o WHERE o.id = :organization_id AND o.ended IS NULL",
    .params = &params,
    .row = &row,
};
