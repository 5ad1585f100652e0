#include "db_connection_sql.h"

static const struct db_record end_params =
    DB_RECORD(struct connection_params, DB_MEMBER(struct connection_params, lock));

const struct db_statement connection_end = {
    .name = "connection_end",
    .sql = "KILL CONNECTION IS_USED_LOCK(:lock)",
    .params = &end_params,
};
