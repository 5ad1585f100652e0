#include "process/hourly.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/slots.h"
#include "unit.h"

#define INSTALLATION "test_hourly of this process alone"
#define MANY 500

static const struct timestamp now = {INT64_C(1795000000) * US_PER_S};
static const struct id one = {{[8] = 0x80, 1, 2, 3, 4, 5, 6, 7}};
static const struct id other = {{[8] = 0x80, 1, 2, 3, 4, 5, 6, 0x77}};

static struct timestamp later(int64_t us)
{
    return (struct timestamp){now.us + us};
}

static void test_an_hour(void **state)
{
    struct timestamp begin = {now.us / US_PER_HOUR * US_PER_HOUR};
    struct hourly hourly;

    (void)state;
    hourly_open(&hourly, -1);
    assert_false(hourly_is_done(&hourly, &one, now));
    hourly_note(&hourly, &one, now);
    assert_true(hourly_is_done(&hourly, &one, now));
    assert_true(hourly_is_done(&hourly, &one, begin));
    assert_true(hourly_is_done(&hourly, &one, (struct timestamp){begin.us + US_PER_HOUR - 1}));
    assert_false(hourly_is_done(&hourly, &one, (struct timestamp){begin.us - 1}));
    assert_false(hourly_is_done(&hourly, &one, (struct timestamp){begin.us + US_PER_HOUR}));
    assert_false(hourly_is_done(&hourly, &other, now));
    hourly_note(&hourly, &one, later(US_PER_HOUR));
    assert_true(hourly_is_done(&hourly, &one, later(US_PER_HOUR)));
    assert_false(hourly_is_done(&hourly, &one, now));
    hourly_close(&hourly);
}

/* Ids that differ in one bit of their end. */
static void test_every_bit_of_the_end_counts(void **state)
{
    struct hourly hourly;

    (void)state;
    for (size_t bit = 0; bit < 51; bit++) {
        struct id id = one;

        hourly_open(&hourly, -1);
        hourly_note(&hourly, &one, now);
        id.bytes[bit < 11 ? 15 - bit / 8 : 13 - (bit - 11) / 8] ^=
            (uint8_t)(1U << (bit < 11 ? bit % 8 : (bit - 11) % 8));
        assert_false(hourly_is_done(&hourly, &id, now));
        hourly_close(&hourly);
    }
}

/* As many as have room are all remembered; of those that have not, the last ones. */
static void test_many(void **state)
{
    struct hourly hourly;
    size_t remembered = 0;

    (void)state;
    hourly_open(&hourly, -1);
    for (unsigned i = 0; i < 8; i++) {
        struct id id = one;

        id.bytes[9] = (uint8_t)i; /* the same few places */
        hourly_note(&hourly, &id, later(-US_PER_HOUR));
        hourly_note(&hourly, &id, now);
        assert_true(hourly_is_done(&hourly, &id, now));
    }
    for (unsigned i = 0; i < 8; i++) {
        struct id id = one;

        id.bytes[9] = (uint8_t)i;
        remembered += hourly_is_done(&hourly, &id, now);
    }
    assert_true(remembered > 0 && remembered <= 4);
    hourly_close(&hourly);
    hourly_open(&hourly, -1);
    for (uint16_t i = 0; i < MANY; i++) {
        struct id id = one;

        memcpy(id.bytes + 14, &i, sizeof(i));
        hourly_note(&hourly, &id, now);
    }
    for (uint16_t i = 0; i < MANY; i++) {
        struct id id = one;

        memcpy(id.bytes + 14, &i, sizeof(i));
        assert_true(hourly_is_done(&hourly, &id, now));
    }
    hourly_close(&hourly);
}

static void test_processes_tell_each_other(void **state)
{
    struct hourly hourly;
    struct slots slots;
    int status;
    pid_t child;

    (void)state;
    slots_open(&slots, INSTALLATION);
    hourly_open(&hourly, slots.fd);
    child = fork();
    if (child == 0) {
        struct slots own_slots;
        struct hourly own;

        slots_open(&own_slots, INSTALLATION);
        hourly_open(&own, own_slots.fd);
        hourly_note(&own, &one, now);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(hourly_is_done(&hourly, &one, now));
    assert_false(hourly_is_done(&hourly, &other, now));
    hourly_close(&hourly);
    shm_unlink(slots.name);
    slots_close(&slots);
}

/* Nothing is done, rather than with each request. */
static void test_without_memory(void **state)
{
    struct hourly hourly = {.places = NULL};

    (void)state;
    assert_true(hourly_is_done(&hourly, &one, now));
    hourly_note(&hourly, &one, now);
    hourly_close(&hourly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_hour),        cmocka_unit_test(test_every_bit_of_the_end_counts),
        cmocka_unit_test(test_many),           cmocka_unit_test(test_processes_tell_each_other),
        cmocka_unit_test(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
