#include "purge_sql.h"

static const struct db_record params = DB_RECORD(struct purge_params, DB_MEMBER(struct purge_params, expires));

const struct db_statement purge_sql_credentials = {
    .name = "purge_credentials",
    .sql = "DELETE FROM orgd_credentials WHERE expires < :expires LIMIT 1000",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement purge_sql_codes = {
    .name = "purge_codes",
    .sql = "DELETE FROM orgd_authorization_codes WHERE expires < :expires LIMIT 1000",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement purge_sql_devices = {
    .name = "purge_devices",
    .sql = "DELETE FROM orgd_device_codes WHERE expires < :expires LIMIT 1000",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement purge_sql_attempts = {
    .name = "purge_attempts",
    .sql = "DELETE FROM orgd_attempts WHERE last < :expires LIMIT 1000",
    .params = &params,
    .is_repeatable = true,
};
