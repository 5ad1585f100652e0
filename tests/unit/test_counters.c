#include "process/counters.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define CELLS (COUNTER_COUNT + 10)
#define OWN_CELL (COUNTER_COUNT + 3)

static char directory[] = "/tmp/test_counters.XXXXXX";
static char path[sizeof(directory) + 16];

static int make_directory(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/metrics", directory);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static struct counters_place place_of(void)
{
    return (struct counters_place){
        .path = path,
        .fd = -1,
        .installation = "/etc/orgd/my.cnf",
        .layout = TEXT("GET /a"),
        .cell_count = CELLS,
        .slot_count = 4,
    };
}

static void open_at(const struct counters_place *place)
{
    struct error err;

    if (counters_open(place, &err) < 0)
        fail_msg("%s", err.message);
}

static int64_t read_cell(size_t cell)
{
    int64_t values[CELLS];
    int64_t since_s;
    struct error err;

    assert_int_equal(counters_read(values, &since_s, &err), 0);
    assert_true(since_s > 1600000000);
    return values[cell];
}

/* A process that counts `number` in a cell of its own and one of the program, and then waits. */
static pid_t start(const struct counters_place *place, int64_t number)
{
    int ready[2];
    char byte = 0;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        counters_close(); /* the parent's */
        open_at(place);
        counters_set(COUNTER_WORKERS, 1);
        counters_set(COUNTER_CONNECTIONS, 1);
        for (int64_t i = 0; i < number; i++) {
            counters_add(COUNTER_STATEMENTS, 1);
            counters_add(OWN_CELL, 2);
        }
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void stop(pid_t child, int number)
{
    kill(child, number);
    waitpid(child, NULL, 0);
}

static void test_a_process_counts_for_itself_without_any(void **state)
{
    int64_t before = counters.cells[COUNTER_STATEMENTS];

    (void)state;
    counters_add(COUNTER_STATEMENTS, 3);
    counters_add(COUNTERS_CELLS_MAX - 1, 1);
    assert_int_equal(counters.cells[COUNTER_STATEMENTS], before + 3);
}

static void test_processes_are_added_up(void **state)
{
    struct counters_place place = place_of();
    pid_t one = start(&place, 5);
    pid_t other = start(&place, 7);

    (void)state;
    open_at(&place);
    counters_add(COUNTER_STATEMENTS, 1);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 13);
    assert_int_equal(read_cell(OWN_CELL), 24);
    assert_int_equal(read_cell(COUNTER_WORKERS), 2);
    stop(one, SIGTERM);
    stop(other, SIGTERM);
    counters_close();
}

/* What a process had at the moment ends with it, what it has counted stays, also when another takes its slot. */
static void test_death_loses_nothing(void **state)
{
    struct counters_place place = place_of();
    pid_t child = start(&place, 5);

    (void)state;
    open_at(&place);
    stop(child, SIGKILL);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 5);
    assert_int_equal(read_cell(COUNTER_WORKERS), 0);
    assert_int_equal(read_cell(COUNTER_CONNECTIONS), 0);
    assert_int_equal(read_cell(COUNTER_DEATHS), 0);
    for (int i = 0; i < 10; i++)
        stop(start(&place, 1), SIGKILL);
    child = start(&place, 1);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 16);
    assert_int_equal(read_cell(OWN_CELL), 32);
    assert_int_equal(read_cell(COUNTER_WORKERS), 1);
    assert_int_equal(read_cell(COUNTER_DEATHS), 11);
    assert_int_equal(read_cell(COUNTER_STARTS), 13);
    stop(child, SIGKILL);
    counters_close();
}

static void test_an_end_by_itself_is_no_death(void **state)
{
    struct counters_place place = place_of();

    (void)state;
    for (int i = 0; i < 2; i++) {
        open_at(&place);
        counters_set(COUNTER_WORKERS, 1);
        counters_add(COUNTER_STATEMENTS, 1);
        assert_int_equal(read_cell(COUNTER_DEATHS), 0);
        assert_int_equal(read_cell(COUNTER_STATEMENTS), i + 1);
        counters_close();
    }
}

static void test_the_latest_is_the_highest(void **state)
{
    struct counters_place place = place_of();

    (void)state;
    stop(start(&place, 1), SIGKILL);
    open_at(&place);
    counters_set(COUNTER_LAST_ROUND, 100);
    assert_int_equal(read_cell(COUNTER_LAST_ROUND), 100);
    counters_close();
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_LAST_ROUND), 100);
    counters_close();
}

/* Those that find no slot share one, and lose nothing either. */
static void test_more_processes_than_slots(void **state)
{
    struct counters_place place = place_of();
    pid_t children[8];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(children); i++)
        children[i] = start(&place, 1000);
    open_at(&place);
    assert_true(counters.is_shared);
    counters_add(COUNTER_STATEMENTS, 1);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 8001);
    assert_int_equal(read_cell(COUNTER_WORKERS), 4);
    for (size_t i = 0; i < ARRAY_LENGTH(children); i++)
        stop(children[i], SIGKILL);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 8001);
    assert_int_equal(read_cell(COUNTER_WORKERS), 0);
    counters_close();
    open_at(&place);
    assert_false(counters.is_shared);
    counters_close();
}

static void test_memory_that_children_inherit(void **state)
{
    struct counters_place place = place_of();
    pid_t children[2];

    (void)state;
    place.path = NULL;
    place.fd = counters_make_memory();
    assert_true(place.fd >= 0);
    assert_true(counters_fit(&place));
    for (size_t i = 0; i < ARRAY_LENGTH(children); i++)
        children[i] = start(&place, 10);
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 20);
    assert_int_equal(read_cell(COUNTER_WORKERS), 2);
    for (size_t i = 0; i < ARRAY_LENGTH(children); i++)
        stop(children[i], SIGKILL);
    assert_true(counters_fit(&place));
    place.layout = TEXT("GET /b");
    assert_false(counters_fit(&place));
    counters_close();
}

static void test_the_file_is_ours_alone(void **state)
{
    struct counters_place place = place_of();
    struct stat status;

    (void)state;
    open_at(&place);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    counters_close();
}

/* Who has the old file open goes on with that. */
static void test_another_layout_begins_anew(void **state)
{
    struct counters_place place = place_of();
    pid_t child = start(&place, 5);

    (void)state;
    place.layout = TEXT("GET /b");
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 0);
    counters_close();
    stop(child, SIGKILL);
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 0);
    counters_close();
}

static void overwrite(off_t offset, const char *data, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, length, offset), (ssize_t)length);
    close(fd);
}

static void test_damage_begins_anew(void **state)
{
    static const off_t lengths[] = {8, 20, 4096, 5000};
    struct counters_place place = place_of();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        stop(start(&place, 5), SIGKILL);
        assert_int_equal(truncate(path, lengths[i]), 0);
        open_at(&place);
        assert_case(read_cell(COUNTER_STATEMENTS) == 0, i, "counts what is damaged");
        counters_close();
    }
    stop(start(&place, 5), SIGKILL);
    overwrite(80, "\377\377\377\377\377\377\377\377", 8); /* how many slots there are */
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 0);
    counters_close();
}

static void test_what_is_not_ours_is_left_alone(void **state)
{
    struct counters_place place = place_of();
    struct error err;
    char text[32] = "";
    int fd;

    (void)state;
    overwrite(0, "[client]\nuser = orgd\n", 21);
    assert_int_equal(counters_open(&place, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "is no file of counters of this service"));
    fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, text, sizeof(text)), 21);
    close(fd);
    counters_add(COUNTER_STATEMENTS, 1); /* for itself */
}

static void test_two_services_do_not_mix(void **state)
{
    struct counters_place place = place_of();
    struct error err;

    (void)state;
    stop(start(&place, 5), SIGKILL);
    place.installation = "/etc/other/my.cnf";
    assert_int_equal(counters_open(&place, &err), -1);
    place = place_of();
    open_at(&place);
    assert_int_equal(read_cell(COUNTER_STATEMENTS), 5);
    counters_close();
}

static void test_a_link_and_a_directory_are_refused(void **state)
{
    struct counters_place place = place_of();
    struct error err;

    (void)state;
    assert_int_equal(symlink("/tmp/nowhere", path), 0);
    assert_int_equal(counters_open(&place, &err), -1);
    unlink(path);
    place.path = directory;
    assert_int_equal(counters_open(&place, &err), -1);
    assert_non_null(strstr(err.message, directory));
}

/* As on a full disk: no room, and no process dies of it (SIGBUS). */
static void test_no_room(void **state)
{
    struct counters_place place = place_of();
    struct rlimit small = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    struct error err;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(counters_open(&place, &err), -1);
    counters_add(COUNTER_STATEMENTS, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(strstr(err.message, "cannot make"));
    open_at(&place);
    counters_close();
}

/* Processes that start together make one file. */
static void test_a_start_of_many(void **state)
{
    struct counters_place place = place_of();
    pid_t children[16];
    int status;

    (void)state;
    place.slot_count = 32;
    for (int round = 0; round < 5; round++) {
        unlink(path);
        for (size_t i = 0; i < ARRAY_LENGTH(children); i++) {
            children[i] = fork();
            if (children[i] == 0) {
                open_at(&place);
                counters_add(COUNTER_STATEMENTS, 1);
                counters_close();
                _exit(0);
            }
        }
        for (size_t i = 0; i < ARRAY_LENGTH(children); i++) {
            waitpid(children[i], &status, 0);
            assert_int_equal(status, 0);
        }
        open_at(&place);
        assert_int_equal(read_cell(COUNTER_STATEMENTS), ARRAY_LENGTH(children));
        counters_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_process_counts_for_itself_without_any),
        cmocka_unit_test_teardown(test_processes_are_added_up, remove_file),
        cmocka_unit_test_teardown(test_death_loses_nothing, remove_file),
        cmocka_unit_test_teardown(test_an_end_by_itself_is_no_death, remove_file),
        cmocka_unit_test_teardown(test_the_latest_is_the_highest, remove_file),
        cmocka_unit_test_teardown(test_more_processes_than_slots, remove_file),
        cmocka_unit_test_teardown(test_memory_that_children_inherit, remove_file),
        cmocka_unit_test_teardown(test_the_file_is_ours_alone, remove_file),
        cmocka_unit_test_teardown(test_another_layout_begins_anew, remove_file),
        cmocka_unit_test_teardown(test_damage_begins_anew, remove_file),
        cmocka_unit_test_teardown(test_what_is_not_ours_is_left_alone, remove_file),
        cmocka_unit_test_teardown(test_two_services_do_not_mix, remove_file),
        cmocka_unit_test_teardown(test_a_link_and_a_directory_are_refused, remove_file),
        cmocka_unit_test_teardown(test_no_room, remove_file),
        cmocka_unit_test_teardown(test_a_start_of_many, remove_file),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
