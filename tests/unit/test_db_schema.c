#include "db/db_schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "unit.h"

struct fixture {
    char directory[40];
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.directory = "/tmp/orgd-test-schema-XXXXXX", .arena = arena_open()};
    *state = &fixture;
    return mkdtemp(fixture.directory) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    DIR *directory = opendir(fixture->directory);
    struct dirent *entry;

    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(arena_printf(fixture->arena, "%s/%s", fixture->directory, entry->d_name));
    closedir(directory);
    arena_close(fixture->arena);
    return rmdir(fixture->directory);
}

static void add_file(struct fixture *fixture, const char *name, const char *content)
{
    FILE *file = fopen(arena_printf(fixture->arena, "%s/%s", fixture->directory, name), "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *migration_name(struct fixture *fixture, int version)
{
    return arena_printf(fixture->arena, "%04d-step.sql", version);
}

static int read_directory(struct fixture *fixture, struct db_migrations *out, struct error *err)
{
    return db_schema_read(fixture->directory, fixture->arena, out, err);
}

/* A file whose name is not a migration's is ignored. */
static void test_read(void **state)
{
    static const char *const others[] = {
        "application-role.sql", "001-short.sql", "00001-long.sql", "0001_underscore.sql",
        "0001-step.sql.bak",    "0001-step.txt", "README",         "x0001-step.sql"};
    struct fixture *fixture = *state;
    struct db_migrations migrations;
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        add_file(fixture, others[i], "SELECT 'no migration';\n");
    for (int version = DB_SCHEMA_VERSION; version > 0; version--)
        add_file(fixture, migration_name(fixture, version), arena_printf(fixture->arena, "SELECT %d;\n", version));
    assert_int_equal(read_directory(fixture, &migrations, &err), 0);
    assert_int_equal(migrations.count, DB_SCHEMA_VERSION);
    for (int version = 1; version <= DB_SCHEMA_VERSION; version++) {
        const struct db_migration *migration = &migrations.list[version - 1];
        struct digest checksum = digest_of(migration->sql, strlen(migration->sql));

        assert_int_equal(migration->version, version);
        assert_string_equal(migration->name, migration_name(fixture, version));
        assert_string_equal(migration->sql, arena_printf(fixture->arena, "SELECT %d;\n", version));
        assert_true(digest_equal(&migration->checksum, &checksum));
        assert_false(migration->is_applied);
    }
}

/* What a file says of older programs, and what is no such line. */
static void test_compatible_since(void **state)
{
    static const struct {
        const char *text;
        int64_t since; /* -1: refused */
    } cases[] = {
        {"-- A table.\n-- compatible-since: 1\n", 1},           {"-- A table.\n-- compatible-since: 2\n", 2},
        {"-- A table.\nSELECT '-- compatible-since: 1';\n", 2}, {"-- A table.\n-- compatible-since: 3\n", -1},
        {"-- A table.\n-- compatible-since: 0\n", -1},          {"-- A table.\n-- compatible-since: \n", -1},
        {"-- A table.\n-- compatible-since: 1 or so\n", -1},
    };
    struct fixture *fixture = *state;

    _Static_assert(DB_SCHEMA_VERSION >= 2, "the cases are about the second migration");
    for (int version = 1; version <= DB_SCHEMA_VERSION; version++)
        add_file(fixture, migration_name(fixture, version), "SELECT 1;\n");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct db_migrations migrations;
        struct error err;

        add_file(fixture, migration_name(fixture, 2), cases[i].text);
        assert_int_equal(read_directory(fixture, &migrations, &err), cases[i].since < 0 ? -1 : 0);
        if (cases[i].since > 0)
            assert_int_equal(migrations.list[1].compatible_since, cases[i].since);
        else
            assert_non_null(strstr(err.message, "0002-step.sql: compatible-since"));
    }
}

static void test_large_file(void **state)
{
    struct fixture *fixture = *state;
    struct db_migrations migrations;
    struct error err;

    for (int version = 1; version <= DB_SCHEMA_VERSION; version++)
        add_file(fixture, migration_name(fixture, version), arena_printf(fixture->arena, "-- %0*d\n", 500000, version));
    assert_int_equal(read_directory(fixture, &migrations, &err), 0);
    assert_int_equal(strlen(migrations.list[0].sql), 500004);
}

/* A file that does not fit must not be applied in part. */
static void test_too_large_file(void **state)
{
    struct fixture *fixture = *state;
    struct db_migrations migrations;
    struct error err;

    for (int version = 1; version <= DB_SCHEMA_VERSION; version++)
        add_file(fixture, migration_name(fixture, version),
                 arena_printf(fixture->arena, "-- %0*d\n", 2000000, version));
    assert_int_equal(read_directory(fixture, &migrations, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
}

static void assert_refused(struct fixture *fixture, const char *message)
{
    struct db_migrations migrations;
    struct error err;

    assert_int_equal(read_directory(fixture, &migrations, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_string_equal(err.message, message);
}

static void test_empty_file(void **state)
{
    struct fixture *fixture = *state;

    add_file(fixture, "0001-empty.sql", "");
    assert_refused(fixture, arena_printf(fixture->arena, "%s/0001-empty.sql is empty", fixture->directory));
}

static void test_no_files(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, arena_printf(fixture->arena,
                                         "%s has 0 migrations, but this program needs %d (setting sql_directory)",
                                         fixture->directory, DB_SCHEMA_VERSION));
}

static void test_too_many_files(void **state)
{
    struct fixture *fixture = *state;

    for (int version = 1; version <= DB_SCHEMA_VERSION + 1; version++)
        add_file(fixture, migration_name(fixture, version), "SELECT 1;");
    assert_refused(fixture, arena_printf(fixture->arena,
                                         "%s has %d migrations, but this program needs %d (setting sql_directory)",
                                         fixture->directory, DB_SCHEMA_VERSION + 1, DB_SCHEMA_VERSION));
}

static void test_gap_and_double(void **state)
{
    struct fixture *fixture = *state;

    add_file(fixture, "0001-a.sql", "SELECT 1;");
    add_file(fixture, "0001-b.sql", "SELECT 1;");
    assert_refused(fixture, arena_printf(fixture->arena,
                                         "%s: the migrations must be numbered from 0001 without a gap; see 0001-b.sql",
                                         fixture->directory));
    unlink(arena_printf(fixture->arena, "%s/0001-a.sql", fixture->directory));
    unlink(arena_printf(fixture->arena, "%s/0001-b.sql", fixture->directory));
    add_file(fixture, "0002-c.sql", "SELECT 1;");
    assert_refused(fixture, arena_printf(fixture->arena,
                                         "%s: the migrations must be numbered from 0001 without a gap; see 0002-c.sql",
                                         fixture->directory));
}

static void test_no_directory(void **state)
{
    struct fixture *fixture = *state;
    struct db_migrations migrations;
    struct error err;

    assert_int_equal(db_schema_read("/nonexistent", fixture->arena, &migrations, &err), -1);
    assert_string_equal(
        err.message, "cannot read the migrations in /nonexistent: No such file or directory (setting sql_directory)");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read),           TEST(test_compatible_since), TEST(test_large_file),
        TEST(test_too_large_file), TEST(test_empty_file),       TEST(test_no_files),
        TEST(test_too_many_files), TEST(test_gap_and_double),   TEST(test_no_directory),
    };

    return cmocka_run_group_tests_name("db_schema", tests, NULL, NULL);
}
