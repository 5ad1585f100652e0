/* The statements of db_schema.c. */
#ifndef ORGD_DB_SCHEMA_SQL_H
#define ORGD_DB_SCHEMA_SQL_H

#include "base/digest.h"
#include "db_statement.h"

struct schema_number_row {
    int64_t number;
};

struct schema_lock_params {
    int64_t seconds;
};

struct schema_migration_row {
    int64_t version;
    struct digest checksum;
    struct timestamp applied;
};

struct schema_record_params {
    int64_t version;
    struct text name;
    struct digest checksum;
    int64_t compatible_since;
    struct timestamp applied;
};

struct schema_table_params {
    struct text name;
};

struct schema_program_params {
    int64_t version;
};

/* How each table of a migration begins, before its name. */
extern const char schema_create_table[];
extern const char schema_create_record_table[];

extern const struct db_statement schema_has_table;
extern const struct db_statement schema_is_foreign;
extern const struct db_statement schema_is_foreign_record;
extern const struct db_statement schema_version;
extern const struct db_statement schema_incompatible;
extern const struct db_statement schema_list;
extern const struct db_statement schema_record;
extern const struct db_statement schema_lock;
extern const struct db_statement schema_unlock;

#endif
