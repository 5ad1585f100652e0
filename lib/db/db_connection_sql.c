#include "db_connection_sql.h"

static const struct db_field end_params[] = {DB_FIELD(struct connection_params, lock)};

const struct db_statement connection_end = {
    .name = "connection_end",
    .sql = "KILL CONNECTION IS_USED_LOCK(?)",
    DB_PARAMS(end_params),
};
