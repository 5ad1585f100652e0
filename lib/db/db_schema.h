/* The schema: numbered files in sql/, applied in order under a lock, recorded with their checksums. */
#ifndef ORGD_DB_SCHEMA_H
#define ORGD_DB_SCHEMA_H

#include "base/digest.h"
#include "db.h"

/* The migration this program was written against: the number of the last file in sql/. */
#define DB_SCHEMA_VERSION 2

struct db_migration {
    int64_t version;
    const char *name; /* the file's name without the directory */
    const char *sql;
    struct digest checksum;
    int64_t compatible_since; /* programs written against this version or a later one go on working with it */
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

/* Marks which are applied. ERR_FORBIDDEN if the database has a version that is not among them (a newer orgd made it),
 * or if an applied file has changed since. */
int db_schema_compare(struct db *db, struct arena *arena, struct db_migrations *migrations,
                      struct error *err) NODISCARD;

/* Applies what is missing, one process at a time, and calls `progress` (may be NULL) before each. Returns how many were
 * applied. A migration that failed half-way is run again from its start the next time: its statements allow that. */
int db_schema_migrate(struct db *db, struct arena *arena, struct db_migrations *migrations,
                      void (*progress)(const struct db_migration *migration), struct error *err) NODISCARD;

/* 0 if the database's schema is the one this program was written against, or a newer one that is compatible with it;
 * else ERR_FORBIDDEN with what to do. */
int db_schema_check(struct db *db, struct error *err) NODISCARD;

#endif
