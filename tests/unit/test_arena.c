#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>

#include "unit.h"

#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

#define ORDINARY_BLOCK ((size_t)32 * 1024)

static void test_allocations_are_aligned_and_apart(void **state)
{
    struct arena *arena = *state;
    unsigned char *parts[400];

    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        parts[i] = arena_alloc(arena, i);
        assert_int_equal((uintptr_t)parts[i] % alignof(max_align_t), 0);
        memset(parts[i], (int)(i & 0xff), i);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        for (size_t at = 0; at < i; at++)
            assert_int_equal(parts[i][at], i & 0xff);
}

/* Shows: V5.4.1-5.4.3. */
static void test_sizes_around_a_block(void **state)
{
    static const size_t sizes[] = {
        ORDINARY_BLOCK - 1, ORDINARY_BLOCK, ORDINARY_BLOCK + 1, 3, (size_t)5 * 1024 * 1024, 1};

    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        char *memory = arena_alloc(*state, sizes[i]);

        memset(memory, 'x', sizes[i]);
        assert_int_equal(memory[sizes[i] - 1], 'x');
    }
}

static void test_zalloc_clears_used_memory(void **state)
{
    unsigned char *memory = arena_alloc(*state, 1000);

    memset(memory, 0xff, 1000);
    arena_reset(*state);
    memory = arena_zalloc(*state, 1000);
    for (size_t at = 0; at < 1000; at++)
        assert_int_equal(memory[at], 0);
}

static void test_reset_hands_out_the_same_memory_again(void **state)
{
    void *first = arena_alloc(*state, 100);

    arena_alloc(*state, 10 * ORDINARY_BLOCK);
    arena_reset(*state);
    assert_ptr_equal(arena_alloc(*state, 100), first);
}

/* So that a test fails in which something is read or written behind an allocation, or after a reset. */
static void test_only_what_is_given_out_may_be_touched(void **state)
{
#ifdef HAS_ADDRESS_SANITIZER
    static const size_t sizes[] = {1, 15, 16, 17, ORDINARY_BLOCK, 10 * ORDINARY_BLOCK};

    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        char *memory = arena_alloc(*state, sizes[i]);

        arena_alloc(*state, 1);
        assert_null(__asan_region_is_poisoned(memory, sizes[i]));
        assert_int_equal(__asan_address_is_poisoned(memory + sizes[i]), 1);
        arena_reset(*state);
        assert_int_equal(__asan_address_is_poisoned(memory), 1);
    }
#else
    (void)state;
#endif
}

static void test_strndup(void **state)
{
    const char *copy = arena_strndup(*state, "a\0b-", 3);
    char exact[2] = {'x', 'y'};

    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_strndup(*state, exact, sizeof(exact)), "xy");
    assert_string_equal(arena_strndup(*state, NULL, 0), "");
}

static void test_printf(void **state)
{
    const char *longer = arena_printf(*state, "%0*d", 100000, 7);

    assert_string_equal(arena_printf(*state, "%s=%d", "key", -5), "key=-5");
    assert_string_equal(arena_printf(*state, "%s", ""), "");
    assert_int_equal(strlen(longer), 100000);
    assert_string_equal(longer + 99998, "07");
}

static char order[64];

static void note(void *object)
{
    size_t length = strlen(order);

    snprintf(order + length, sizeof(order) - length, "%s", (const char *)object);
}

static void test_deferred_run_once_newest_first(void **state)
{
    order[0] = '\0';
    arena_defer(*state, note, "1");
    arena_defer(*state, note, "2");
    arena_alloc(*state, 2 * ORDINARY_BLOCK);
    arena_defer(*state, note, "3");
    assert_string_equal(order, "");
    arena_reset(*state);
    assert_string_equal(order, "321");
    arena_reset(*state);
    assert_string_equal(order, "321");
}

static void count(void *object)
{
    ++*(int *)object;
}

/* The list of what is deferred lives in the arena itself, over several blocks here. */
static void test_many_deferred(void **state)
{
    int runs = 0;

    for (int i = 0; i < 10000; i++)
        arena_defer(*state, count, &runs);
    arena_reset(*state);
    assert_int_equal(runs, 10000);
}

static void test_close_runs_deferred(void **state)
{
    struct arena *arena = arena_open();

    (void)state;
    order[0] = '\0';
    arena_defer(arena, note, "closed");
    arena_close(arena);
    assert_string_equal(order, "closed");
    arena_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_allocations_are_aligned_and_apart, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_sizes_around_a_block, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_zalloc_clears_used_memory, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_reset_hands_out_the_same_memory_again, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_only_what_is_given_out_may_be_touched, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_strndup, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_printf, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_deferred_run_once_newest_first, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_many_deferred, open_arena, close_arena),
        cmocka_unit_test(test_close_runs_deferred),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
