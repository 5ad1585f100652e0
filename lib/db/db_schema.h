/* The schema: numbered files in sql/, which are applied in order under a lock, and recorded with their checksums. */
#ifndef ORGD_DB_SCHEMA_H
#define ORGD_DB_SCHEMA_H

#include "base/digest.h"
#include "db.h"

/* The migration this program was written against: the number of the last file in sql/. */
#define DB_SCHEMA_VERSION 5

struct db_migration {
    int64_t version;
    const char *name; /* the file's name without the directory */
    const char *sql;
    struct digest checksum;
    int64_t compatible_since; /* programs written for this version or a later one can use the schema */
    bool is_applied;          /* filled by db_schema_compare() */
    struct timestamp applied;
};

struct db_migrations {
    struct db_migration *list; /* in ascending order of version */
    size_t count;
};

/* Reads the files named NNNN-what-it-does.sql, which must number from 0001 without a gap. A line "-- compatible-since:
 * N" in one says that programs of schema N, and later ones, need not know of it; without it only its own do. */
int db_schema_read(const char *directory, struct arena *arena, struct db_migrations *out, struct error *err) NODISCARD;

/* Marks the applied ones. Fails with ERR_FORBIDDEN if the database has a version that is not among them (a newer orgd
 * made it), or if an applied file has changed since. */
int db_schema_compare(struct db *db, struct arena *arena, struct db_migrations *migrations,
                      struct error *err) NODISCARD;

/* Applies the missing ones, one process at a time, and calls `progress` (may be NULL) before each. Returns how many it
 * applied. A migration that failed half-way is run again from its start: its statements allow that. */
int db_schema_migrate(struct db *db, struct arena *arena, struct db_migrations *migrations,
                      void (*progress)(const struct db_migration *migration), struct error *err) NODISCARD;

/* Returns 0 if the database has the schema that this program was written for, or a newer one that is compatible with
 * it. Else fails with ERR_FORBIDDEN, which says what to do. */
int db_schema_check(struct db *db, struct error *err) NODISCARD;

#endif
