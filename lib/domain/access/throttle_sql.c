#include "throttle_sql.h"

static const struct db_record params = DB_RECORD(
    struct attempts_params, DB_MEMBER(struct attempts_params, bucket), DB_MEMBER(struct attempts_params, failures),
    DB_MEMBER(struct attempts_params, now), DB_MEMBER(struct attempts_params, stale));
static const struct db_record row =
    DB_RECORD(struct attempts_row, DB_MEMBER(struct attempts_row, failures), DB_MEMBER(struct attempts_row, last));

const struct db_statement throttle_sql_ensure = {
    .name = "throttle_ensure",
    .sql = "INSERT INTO orgd_attempts (bucket, failures, last) VALUES (:bucket, 0, :now)"
           " ON DUPLICATE KEY UPDATE failures = failures",
    .params = &params,
};

const struct db_statement throttle_sql_read = {
    .name = "throttle_read",
    .sql = "SELECT failures, last FROM orgd_attempts WHERE bucket = :bucket FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement throttle_sql_await = {
    .name = "throttle_await",
    .sql = "INSERT INTO orgd_attempts (bucket, failures, last) VALUES (:bucket, 0, :now)"
           " ON DUPLICATE KEY UPDATE last = IF(last < :stale, VALUES(last), last)",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement throttle_sql_look = {
    .name = "throttle_look",
    .sql = "SELECT failures, last FROM orgd_attempts WHERE bucket = :bucket",
    .params = &params,
    .row = &row,
};

const struct db_statement throttle_sql_write = {
    .name = "throttle_write",
    .sql = "UPDATE orgd_attempts SET failures = :failures, last = :now WHERE bucket = :bucket",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement throttle_sql_forgive = {
    .name = "throttle_forgive",
    .sql = "DELETE FROM orgd_attempts WHERE bucket = :bucket",
    .params = &params,
    .is_repeatable = true,
};

/* If it is given back twice, one more attempt is free; that does no harm. */
const struct db_statement throttle_sql_give_back = {
    .name = "throttle_give_back",
    .sql = "UPDATE orgd_attempts SET failures = failures - 1, last = :now WHERE bucket = :bucket AND failures > 0",
    .params = &params,
    .is_repeatable = true,
};
