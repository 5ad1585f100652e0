#include "process/slots.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "process/shortage.h"
#include "unit.h"

static char installation[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(installation, sizeof(installation), "test_slots %ld", (long)getpid());
    return 0;
}

/* The file stays otherwise, so that other processes find it. */
static void remove_file(const char *of)
{
    struct slots slots;

    slots_open(&slots, of);
    shm_unlink(slots.name);
    slots_close(&slots);
}

static int tear_down(void **state)
{
    (void)state;
    remove_file(installation);
    return 0;
}

/* Other open files are other processes, as far as the locks are concerned. */
static void test_as_many_as_there_are(void **state)
{
    struct slots one;
    struct slots other;

    (void)state;
    slots_open(&one, installation);
    slots_open(&other, installation);
    one.count = other.count = 2;
    assert_true(slots_take(&one));
    assert_true(slots_take(&other));
    assert_int_not_equal(one.taken, other.taken);
    slots_release(&one);
    one.count = 1; /* its own is free again */
    assert_true(slots_take(&one));
    one.taken = -1;
    other.count = 1;
    slots_release(&other);
    assert_false(slots_take(&other));
    slots_close(&one);
    assert_true(slots_take(&other));
    slots_close(&other);
}

static void test_another_installation_has_its_own(void **state)
{
    struct slots one;
    struct slots other;

    (void)state;
    slots_open(&one, installation);
    slots_open(&other, "test_slots of another");
    assert_string_not_equal(one.name, other.name);
    one.count = other.count = 1;
    assert_true(slots_take(&one));
    assert_true(slots_take(&other));
    slots_close(&one);
    slots_close(&other);
    remove_file("test_slots of another");
}

/* However a process ends, its slot is free. */
static void test_the_end_of_a_process_releases(void **state)
{
    struct slots slots;
    int ready[2];
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct slots own;

        slots_open(&own, installation);
        own.count = 1;
        byte = slots_take(&own) ? 'y' : 'n';
        _exit(write(ready[1], &byte, 1) == 1 ? pause() : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    slots_open(&slots, installation);
    slots.count = 1;
    assert_false(slots_take(&slots));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(slots_take(&slots));
    slots_close(&slots);
}

static void test_without_a_limit(void **state)
{
    struct slots none = {.fd = -1, .file_fd = -1, .taken = -1};

    (void)state;
    assert_true(slots_take(NULL));
    slots_release(NULL);
    assert_true(slots_take(&none));
    assert_true(slots_take(&none));
    slots_release(&none);
}

/* Somebody else has taken the name: whatever is there, it is no file of ours. */
static void test_the_limit_stays_without_shared_memory(void **state)
{
    char file[] = "/tmp/test_slots.XXXXXX";
    char taken[sizeof("/dev/shm") + SLOTS_NAME_SIZE];
    struct slots one;
    struct slots other;
    struct shortage shortage;

    (void)state;
    close(mkstemp(file));
    slots_open(&one, file);
    snprintf(taken, sizeof(taken), "/dev/shm%s", one.name);
    slots_close(&one);
    assert_int_equal(unlink(taken), 0);
    assert_int_equal(mkdir(taken, 0700), 0);
    slots_open(&one, file);
    slots_open(&other, file);
    assert_int_equal(one.fd, -1);
    assert_true(slots_take(&one));
    assert_false(slots_take(&other));
    slots_release(&one);
    assert_true(slots_take(&other));
    assert_false(slots_take(&one));
    slots_close(&other); /* as at the end of its process */
    assert_true(slots_take(&one));
    shortage_open(&shortage, one.fd); /* leaves the file alone */
    assert_false(shortage_is_noted(&shortage, US_PER_S));
    shortage_close(&shortage);
    slots_close(&one);
    rmdir(taken);
    unlink(file);
}

/* Of an installation, by the file of its slots. */
static void test_a_shortage_is_known_to_all_for_a_while(void **state)
{
    struct slots slots[2];
    struct shortage shortages[2];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(slots); i++) {
        slots_open(&slots[i], installation);
        shortage_open(&shortages[i], slots[i].fd);
    }
    assert_false(shortage_is_noted(&shortages[1], US_PER_S));
    shortage_note(&shortages[0], US_PER_S);
    assert_true(shortage_is_noted(&shortages[1], US_PER_S));
    assert_true(shortage_is_noted(&shortages[1], 30 * US_PER_S));
    assert_false(shortage_is_noted(&shortages[1], 90 * US_PER_S));
    assert_false(shortage_is_noted(&shortages[1], 0)); /* another clock */
    assert_true(slots_take(&slots[0]));                /* they do not disturb each other */
    for (size_t i = 0; i < ARRAY_LENGTH(slots); i++) {
        shortage_close(&shortages[i]);
        slots_close(&slots[i]);
    }
}

static void test_a_shortage_without_a_file(void **state)
{
    struct shortage none;

    (void)state;
    shortage_open(&none, -1);
    shortage_note(&none, 1);
    shortage_note(NULL, 1);
    assert_false(shortage_is_noted(&none, 1));
    assert_false(shortage_is_noted(NULL, 1));
    shortage_close(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_as_there_are),
        cmocka_unit_test(test_another_installation_has_its_own),
        cmocka_unit_test(test_the_end_of_a_process_releases),
        cmocka_unit_test(test_without_a_limit),
        cmocka_unit_test(test_the_limit_stays_without_shared_memory),
        cmocka_unit_test(test_a_shortage_is_known_to_all_for_a_while),
        cmocka_unit_test(test_a_shortage_without_a_file),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
