#include "process/program.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void test_the_path_is_that_of_this_program(void **state)
{
    struct arena *arena = arena_open();
    char *own = realpath("/proc/self/exe", NULL);

    (void)state;
    assert_string_equal(program_path(arena), own);
    assert_string_equal(program_beside(strrchr(own, '/') + 1, arena), own);
    free(own);
    arena_close(arena);
}

static void test_a_file_beside_it_is_found_without_dots(void **state)
{
    struct arena *arena = arena_open();
    const char *sql = program_beside("../sql", arena);
    const char *directory = program_beside("", arena);

    (void)state;
    assert_null(strstr(sql, ".."));
    assert_string_equal(strrchr(sql, '/'), "/sql");
    assert_memory_equal(sql, directory, strlen(sql) - strlen("sql"));
    assert_true(strlen(directory) > strlen(sql) - strlen("sql"));
    arena_close(arena);
}

static void test_nothing_is_above_the_root(void **state)
{
    struct arena *arena = arena_open();

    (void)state;
    assert_string_equal(program_beside("../../../../../../../../../../../../../../../../sql", arena), "/sql");
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_path_is_that_of_this_program),
        cmocka_unit_test(test_a_file_beside_it_is_found_without_dots),
        cmocka_unit_test(test_nothing_is_above_the_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
