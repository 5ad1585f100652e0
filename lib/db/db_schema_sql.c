#include "db_schema_sql.h"

const char schema_create_record_table[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                          " version INT UNSIGNED NOT NULL PRIMARY KEY,"
                                          " name VARCHAR(255) NOT NULL,"
                                          " checksum BINARY(32) NOT NULL COMMENT 'SHA-256 of the file',"
                                          " applied DATETIME(6) NOT NULL COMMENT 'UTC',"
                                          " compatible_since INT UNSIGNED NULL COMMENT 'NULL: version'"
                                          ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;"
                                          "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS"
                                          " compatible_since INT UNSIGNED NULL COMMENT 'NULL: version'";

static const struct db_field number_columns[] = {DB_FIELD(struct schema_number_row, number)};

const struct db_statement schema_has_table = {
    .name = "schema_has_table",
    .sql = "SELECT COUNT(*) FROM information_schema.tables"
           " WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'",
    DB_COLUMNS(struct schema_number_row, number_columns),
};

const struct db_statement schema_version = {
    .name = "schema_version",
    .sql = "SELECT COALESCE(MAX(version), 0) FROM schema_migrations",
    DB_COLUMNS(struct schema_number_row, number_columns),
};

static const struct db_field program_params[] = {
    DB_FIELD(struct schema_program_params, version),
    DB_FIELD(struct schema_program_params, version),
};

const struct db_statement schema_incompatible = {
    .name = "schema_incompatible",
    .sql = "SELECT COUNT(*) FROM schema_migrations WHERE version > ? AND COALESCE(compatible_since, version) > ?",
    DB_PARAMS(program_params),
    DB_COLUMNS(struct schema_number_row, number_columns),
};

static const struct db_field list_columns[] = {
    DB_FIELD(struct schema_migration_row, version),
    DB_FIELD(struct schema_migration_row, checksum),
    DB_FIELD(struct schema_migration_row, applied),
};

const struct db_statement schema_list = {
    .name = "schema_list",
    .sql = "SELECT version, checksum, applied FROM schema_migrations ORDER BY version",
    DB_COLUMNS(struct schema_migration_row, list_columns),
};

static const struct db_field record_params[] = {
    DB_FIELD(struct schema_record_params, version),          DB_FIELD(struct schema_record_params, name),
    DB_FIELD(struct schema_record_params, checksum),         DB_FIELD(struct schema_record_params, applied),
    DB_FIELD(struct schema_record_params, compatible_since),
};

const struct db_statement schema_record = {
    .name = "schema_record",
    .sql = "INSERT INTO schema_migrations (version, name, checksum, applied, compatible_since) VALUES (?, ?, ?, ?, ?)",
    DB_PARAMS(record_params),
};

static const struct db_field lock_params[] = {DB_FIELD(struct schema_lock_params, seconds)};

const struct db_statement schema_lock = {
    .name = "schema_lock",
    .sql = "SELECT GET_LOCK(CONCAT('orgd.', DATABASE()), ?)",
    DB_PARAMS(lock_params),
    DB_COLUMNS(struct schema_number_row, number_columns),
};

const struct db_statement schema_unlock = {
    .name = "schema_unlock",
    .sql = "SELECT RELEASE_LOCK(CONCAT('orgd.', DATABASE()))",
    DB_COLUMNS(struct schema_number_row, number_columns),
};
