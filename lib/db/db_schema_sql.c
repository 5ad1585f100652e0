#include "db_schema_sql.h"

const char schema_create_table[] = "CREATE TABLE IF NOT EXISTS ";

const char schema_create_record_table[] = "CREATE TABLE IF NOT EXISTS orgd_schema_migrations ("
                                          " version INT UNSIGNED NOT NULL PRIMARY KEY,"
                                          " name VARCHAR(255) NOT NULL,"
                                          " checksum BINARY(32) NOT NULL COMMENT 'SHA-256 of the file',"
                                          " applied DATETIME(6) NOT NULL COMMENT 'UTC',"
                                          " compatible_since INT UNSIGNED NULL COMMENT 'NULL: version'"
                                          ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;"
                                          "ALTER TABLE orgd_schema_migrations ADD COLUMN IF NOT EXISTS"
                                          " compatible_since INT UNSIGNED NULL COMMENT 'NULL: version'";

static const struct db_record number_row =
    DB_RECORD(struct schema_number_row, DB_MEMBER(struct schema_number_row, number));

static const struct db_record lock_params =
    DB_RECORD(struct schema_lock_params, DB_MEMBER(struct schema_lock_params, seconds));

static const struct db_record migration_row =
    DB_RECORD(struct schema_migration_row, DB_MEMBER(struct schema_migration_row, version),
              DB_MEMBER(struct schema_migration_row, checksum), DB_MEMBER(struct schema_migration_row, applied));

static const struct db_record record_params = DB_RECORD(
    struct schema_record_params, DB_MEMBER(struct schema_record_params, version),
    DB_MEMBER(struct schema_record_params, name), DB_MEMBER(struct schema_record_params, checksum),
    DB_MEMBER(struct schema_record_params, applied), DB_MEMBER(struct schema_record_params, compatible_since));

static const struct db_record table_params =
    DB_RECORD(struct schema_table_params, DB_MEMBER(struct schema_table_params, name));

static const struct db_record program_params =
    DB_RECORD(struct schema_program_params, DB_MEMBER(struct schema_program_params, version));

const struct db_statement schema_has_table = {
    .name = "schema_has_table",
    .sql = "SELECT COUNT(*) AS number FROM information_schema.tables"
           " WHERE table_schema = DATABASE() AND table_name = 'orgd_schema_migrations'",
    .row = &number_row,
};

const struct db_statement schema_is_foreign = {
    .name = "schema_is_foreign",
    .sql = "SELECT COUNT(*) AS number FROM information_schema.tables"
           " WHERE table_schema = DATABASE() AND table_name = :name AND table_comment <> 'orgd'",
    .params = &table_params,
    .row = &number_row,
};

const struct db_statement schema_is_foreign_record = {
    .name = "schema_is_foreign_record",
    .sql = "SELECT COUNT(*) > 0 AND SUM(column_name IN ('version', 'name', 'checksum', 'applied')) < 4 AS number"
           " FROM information_schema.columns"
           " WHERE table_schema = DATABASE() AND table_name = 'orgd_schema_migrations'",
    .row = &number_row,
};

const struct db_statement schema_version = {
    .name = "schema_version",
    .sql = "SELECT COALESCE(MAX(version), 0) AS number FROM orgd_schema_migrations",
    .row = &number_row,
};

const struct db_statement schema_incompatible = {
    .name = "schema_incompatible",
    .sql = "SELECT COUNT(*) AS number FROM orgd_schema_migrations WHERE version > :version"
           " AND COALESCE(compatible_since, version) > :version",
    .params = &program_params,
    .row = &number_row,
};

const struct db_statement schema_list = {
    .name = "schema_list",
    .sql = "SELECT version, checksum, applied FROM orgd_schema_migrations ORDER BY version",
    .row = &migration_row,
};

const struct db_statement schema_record = {
    .name = "schema_record",
    .sql = "INSERT INTO orgd_schema_migrations (version, name, checksum, applied, compatible_since) "
           " VALUES (:version, :name, :checksum, :applied, :compatible_since)",
    .params = &record_params,
};

const struct db_statement schema_lock = {
    .name = "schema_lock",
    .sql = "SELECT GET_LOCK(CONCAT('orgd_', DATABASE()), :seconds) AS number",
    .params = &lock_params,
    .row = &number_row,
};

const struct db_statement schema_unlock = {
    .name = "schema_unlock",
    .sql = "SELECT RELEASE_LOCK(CONCAT('orgd_', DATABASE())) AS number",
    .row = &number_row,
};
