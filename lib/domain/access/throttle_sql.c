#include "throttle_sql.h"

static const struct db_field ensure_params[] = {
    DB_FIELD(struct attempts_params, bucket),
    DB_FIELD(struct attempts_params, now),
};

const struct db_statement throttle_sql_ensure = {
    .name = "throttle_ensure",
    .sql = "INSERT INTO attempts (bucket, failures, last) VALUES (?, 0, ?) ON DUPLICATE KEY UPDATE failures = failures",
    DB_PARAMS(ensure_params),
};

static const struct db_field bucket_params[] = {DB_FIELD(struct attempts_params, bucket)};
static const struct db_field columns[] = {
    DB_FIELD(struct attempts_row, failures),
    DB_FIELD(struct attempts_row, last),
};

const struct db_statement throttle_sql_read = {
    .name = "throttle_read",
    .sql = "SELECT failures, last FROM attempts WHERE bucket = ? FOR UPDATE",
    DB_PARAMS(bucket_params),
    DB_COLUMNS(struct attempts_row, columns),
};

static const struct db_field write_params[] = {
    DB_FIELD(struct attempts_params, failures),
    DB_FIELD(struct attempts_params, now),
    DB_FIELD(struct attempts_params, bucket),
};

const struct db_statement throttle_sql_write = {
    .name = "throttle_write",
    .sql = "UPDATE attempts SET failures = ?, last = ? WHERE bucket = ?",
    DB_PARAMS(write_params),
};

const struct db_statement throttle_sql_forgive = {
    .name = "throttle_forgive",
    .sql = "DELETE FROM attempts WHERE bucket = ?",
    DB_PARAMS(bucket_params),
    .is_repeatable = true,
};

/* Given back twice, it lets one attempt more be free, which matters to nobody. */
static const struct db_field give_back_params[] = {
    DB_FIELD(struct attempts_params, now),
    DB_FIELD(struct attempts_params, bucket),
};

const struct db_statement throttle_sql_give_back = {
    .name = "throttle_give_back",
    .sql = "UPDATE attempts SET failures = failures - 1, last = ? WHERE bucket = ? AND failures > 0",
    DB_PARAMS(give_back_params),
    .is_repeatable = true,
};
