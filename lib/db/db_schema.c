#include "db_schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "db_schema_sql.h"

#define LOCK_WAIT_S 60
#define COMPATIBLE "\n-- compatible-since: "
#define FILE_MAXIMUM ((size_t)1024 * 1024)

static int is_migration(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t length = strlen(name);

    return strspn(name, "0123456789") == 4 && name[4] == '-' && length > 4 && strcmp(name + length - 4, ".sql") == 0;
}

static int read_file(const char *path, struct arena *arena, struct text *out, struct error *err)
{
    FILE *file = fopen(path, "re");
    CLEANUP(buf_release) struct buf content;
    bool is_read;

    buf_init(&content, FILE_MAXIMUM);
    if (file == NULL)
        return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    is_read = buf_add_stream(&content, file);
    fclose(file);
    if (!is_read)
        return error_set(err, ERR_INTERNAL, "cannot read %s", path);
    if (content.overflowed)
        return error_set(err, ERR_INTERNAL, "%s is larger than %zu bytes", path, FILE_MAXIMUM);
    *out = (struct text){arena_strndup(arena, content.data, content.length), content.length};
    return out->length > 0 ? 0 : error_set(err, ERR_INTERNAL, "%s is empty", path);
}

static int read_compatible(struct db_migration *migration, struct error *err)
{
    const char *line = strstr(migration->sql, COMPATIBLE);
    char *end;

    migration->compatible_since = migration->version;
    if (line == NULL)
        return 0;
    migration->compatible_since = strtol(line + strlen(COMPATIBLE), &end, 10);
    if (*end != '\n' || migration->compatible_since < 1 || migration->compatible_since > migration->version)
        return error_set(err, ERR_INTERNAL, "%s: compatible-since is not the number of an older migration",
                         migration->name);
    return 0;
}

static int read_migration(const char *directory, const char *name, struct arena *arena, struct db_migration *out,
                          struct error *err)
{
    struct text sql = TEXT("");

    if (read_file(arena_printf(arena, "%s/%s", directory, name), arena, &sql, err) < 0)
        return -1;
    *out = (struct db_migration){
        .version = strtol(name, NULL, 10),
        .name = arena_strndup(arena, name, strlen(name)),
        .sql = sql.data,
        .checksum = digest_of(sql.data, sql.length),
    };
    return read_compatible(out, err);
}

int db_schema_read(const char *directory, struct arena *arena, struct db_migrations *out, struct error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_migration, alphasort);
    int result = 0;

    if (count < 0)
        return error_set(err, ERR_INTERNAL, "cannot read the migrations in %s: %s (setting sql_directory)", directory,
                         strerror(errno));
    out->list = arena_zalloc(arena, (size_t)(count + 1) * sizeof(*out->list));
    out->count = (size_t)count;
    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = read_migration(directory, entries[i]->d_name, arena, &out->list[i], err);
        if (result == 0 && out->list[i].version != i + 1)
            result = error_set(err, ERR_INTERNAL, "%s: the migrations must be numbered from 0001 without a gap; see %s",
                               directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (result == 0 && count != DB_SCHEMA_VERSION)
        result = error_set(err, ERR_INTERNAL, "%s has %d migrations, but this program needs %d (setting sql_directory)",
                           directory, count, DB_SCHEMA_VERSION);
    return result;
}

static int64_t has_record_table(struct db *db, struct arena *arena, struct error *err)
{
    struct schema_number_row row;

    return db_query_one(db, &schema_has_table, NULL, arena, &row, err) < 0 ? -1 : row.number;
}

int db_schema_compare(struct db *db, struct arena *arena, struct db_migrations *migrations, struct error *err)
{
    int64_t has_table = has_record_table(db, arena, err);
    struct schema_migration_row *applied;
    void *rows;
    int64_t count;

    if (has_table <= 0)
        return (int)has_table;
    count = db_query_all(db, &schema_list, NULL, arena, &rows, err);
    if (count < 0)
        return -1;
    applied = rows;
    for (int64_t i = 0; i < count; i++) {
        struct db_migration *migration;

        if (applied[i].version < 1 || applied[i].version > (int64_t)migrations->count)
            return error_set(
                err, ERR_FORBIDDEN,
                "the database has migration %lld of a newer orgd, but this program knows only %zu: install the newer version",
                (long long)applied[i].version, migrations->count);
        migration = &migrations->list[applied[i].version - 1];
        if (!digest_equal(&applied[i].checksum, &migration->checksum))
            return error_set(
                err, ERR_FORBIDDEN,
                "%s has changed since it was applied: its checksum differs. Restore the file of the release; a migration is never edited.",
                migration->name);
        migration->is_applied = true;
        migration->applied = applied[i].applied;
    }
    return 0;
}

static int refuse_table(struct text name, struct error *err)
{
    return error_set(
        err, ERR_EXISTS,
        "the table %.*s of this database is not orgd's, but orgd needs the name: rename the table, or give "
        "orgd a database of its own. Nothing was done to it.",
        (int)name.length, name.data);
}

/* Whoever shares the database may have a table of the same name, which a migration would take for ours. */
static int check_names(struct db *db, struct arena *arena, const struct db_migration *migration, struct error *err)
{
    for (const char *at = migration->sql; (at = strstr(at, schema_create_table)) != NULL;) {
        struct schema_table_params table;
        struct schema_number_row row = {0};

        at += strlen(schema_create_table);
        table.name = (struct text){at, strcspn(at, " (\n")};
        if (db_query_one(db, &schema_is_foreign, &table, arena, &row, err) < 0)
            return -1;
        if (row.number > 0)
            return refuse_table(table.name, err);
    }
    return 0;
}

static int check_record_name(struct db *db, struct arena *arena, struct error *err)
{
    struct schema_number_row row = {0};

    if (db_query_one(db, &schema_is_foreign_record, NULL, arena, &row, err) < 0)
        return -1;
    return row.number == 0 ? 0 : refuse_table(TEXT("orgd_schema_migrations"), err);
}

/* Of all that are to be applied, before the first is. */
static int check_all_names(struct db *db, struct arena *arena, const struct db_migrations *migrations,
                           struct error *err)
{
    for (size_t i = 0; i < migrations->count; i++)
        if (!migrations->list[i].is_applied && check_names(db, arena, &migrations->list[i], err) < 0)
            return -1;
    return 0;
}

static int apply(struct db *db, const struct db_migration *migration, struct error *err)
{
    struct schema_record_params params = {
        .version = migration->version,
        .name = text_of(migration->name),
        .checksum = migration->checksum,
        .compatible_since = migration->compatible_since,
        .applied = timestamp_now(),
    };

    if (db_run_script(db, migration->sql, err) < 0)
        return error_set(err, ERR_INTERNAL, "%s failed: %s. Remove the cause and run 'orgctl migrate' again.",
                         migration->name, db_last_cause(db));
    return db_execute(db, &schema_record, &params, err) < 0 ? -1 : 0;
}

static int migrate_locked(struct db *db, struct arena *arena, struct db_migrations *migrations,
                          void (*progress)(const struct db_migration *migration), struct error *err)
{
    int applied = 0;

    if (check_record_name(db, arena, err) < 0)
        return -1;
    if (db_run_script(db, schema_create_record_table, err) < 0)
        return error_set(err, ERR_INTERNAL, "cannot create the table orgd_schema_migrations: %s", db_last_cause(db));
    if (db_schema_compare(db, arena, migrations, err) < 0 || check_all_names(db, arena, migrations, err) < 0)
        return -1;
    for (size_t i = 0; i < migrations->count; i++) {
        if (migrations->list[i].is_applied)
            continue;
        if (progress != NULL)
            progress(&migrations->list[i]);
        if (apply(db, &migrations->list[i], err) < 0)
            return -1;
        applied++;
    }
    return applied;
}

int db_schema_migrate(struct db *db, struct arena *arena, struct db_migrations *migrations,
                      void (*progress)(const struct db_migration *migration), struct error *err)
{
    struct schema_lock_params wait = {.seconds = LOCK_WAIT_S};
    struct schema_number_row row = {0};
    struct error release_error;
    int result;

    if (db_query_one(db, &schema_lock, &wait, arena, &row, err) < 0)
        return -1;
    if (row.number != 1)
        return error_set(err, ERR_UNAVAILABLE,
                         "another migration has been running for %d seconds; try again when it is done", LOCK_WAIT_S);
    result = migrate_locked(db, arena, migrations, progress, err);
    if (db_query_one(db, &schema_unlock, NULL, arena, &row, &release_error) < 0 && result >= 0) {
        *err = release_error;
        return -1;
    }
    return result;
}

/* Counts the migrations that this program does not know and that are not compatible with it. */
static int count_incompatible(struct db *db, struct arena *arena, int64_t *out, struct error *err)
{
    struct schema_program_params params = {.version = DB_SCHEMA_VERSION};
    struct schema_number_row row = {0};

    if (db_query_one(db, &schema_incompatible, &params, arena, &row, err) < 0)
        return -1;
    *out = row.number;
    return 0;
}

static int check(struct db *db, struct arena *arena, struct error *err)
{
    struct schema_number_row row = {0};
    int64_t has_table = has_record_table(db, arena, err);
    int64_t incompatible = 0;

    if (has_table < 0 || (has_table > 0 && db_query_one(db, &schema_version, NULL, arena, &row, err) < 0))
        return -1;
    if (row.number < DB_SCHEMA_VERSION)
        return error_set(err, ERR_FORBIDDEN,
                         "the schema is version %lld and this program needs %d: run 'orgctl migrate'",
                         (long long)row.number, DB_SCHEMA_VERSION);
    if (row.number > DB_SCHEMA_VERSION && count_incompatible(db, arena, &incompatible, err) < 0)
        return -1;
    if (incompatible > 0)
        return error_set(err, ERR_FORBIDDEN,
                         "the schema is version %lld and this program knows only %d: install the newer orgd",
                         (long long)row.number, DB_SCHEMA_VERSION);
    return 0;
}

int db_schema_check(struct db *db, struct error *err)
{
    struct arena *arena = arena_open();
    int result = check(db, arena, err);

    arena_close(arena);
    return result;
}
