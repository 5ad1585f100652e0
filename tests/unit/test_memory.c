#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/text.h"
#include "process/memory_pages.h"
#include "tests/memory/failing_malloc.h"
#include "unit.h"
#include "web/faults.h"
#include "web/url.h"
#include "web/urlencoded.h"

static int set_up(void **state)
{
    memory_forget();
    *state = arena_open();
    return 0;
}

/* A test has given back everything that it took from the reserve. */
static int tear_down(void **state)
{
    failing_malloc_disarm();
    arena_close(*state);
    assert_int_equal(memory_reserve_used(), 0);
    return 0;
}

static void test_reserve_steps_in(void **state)
{
    char *memory;
    char *second;

    (void)state;
    memory = memory_alloc(100);
    assert_false(memory_is_reserve(memory));
    assert_false(memory_is_short());
    memory_free(memory);
    failing_malloc_arm(1, true);
    memory = memory_alloc(100);
    second = memory_alloc(0);
    assert_true(memory_is_reserve(memory) && memory_is_reserve(second));
    assert_true(memory != second);
    assert_true(memory_is_short());
    assert_false(memory_has_run_out());
    memset(memory, 'x', 100);
    memory_free(memory);
    assert_true(memory_reserve_used() > 0);
    memory_free(second);
    assert_int_equal(memory_reserve_used(), 0);
    memory_free(NULL);
}

static void test_reserve_has_an_end(void **state)
{
    void *most;

    (void)state;
    failing_malloc_arm(1, true);
    most = memory_alloc(MEMORY_RESERVE_BYTES - 1000);
    assert_non_null(most);
    assert_null(memory_alloc(2000));
    assert_null(memory_alloc(2 * MEMORY_RESERVE_BYTES));
    memory_free(most);
}

static void test_buffers_up_to_a_size(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4 * MEMORY_BUFFER_BYTES);
    failing_malloc_arm(1, true);
    for (size_t i = 0; i < MEMORY_BUFFER_BYTES / 2; i++)
        buf_add_char(&buf, (char)('a' + i % 26));
    assert_false(buf.overflowed);
    for (size_t i = 0; i < buf.length; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    for (size_t i = 0; i < MEMORY_BUFFER_BYTES; i++)
        buf_add_char(&buf, 'x');
    assert_true(buf.overflowed);
    assert_true(memory_has_run_out());
    buf_reset(&buf, SIZE_MAX);
    assert_null(buf.data); /* what is of the reserve is not kept */
    assert_false(buf.overflowed);
    buf_release(&buf);
}

static void test_buffer_leaves_the_reserve(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4 * MEMORY_BUFFER_BYTES);
    failing_malloc_arm(1, true);
    buf_add_literal(&buf, "start ");
    assert_true(memory_is_reserve(buf.data));
    failing_malloc_disarm();
    for (size_t i = 0; i < MEMORY_BUFFER_BYTES; i++)
        buf_add_char(&buf, 'x');
    assert_false(memory_is_reserve(buf.data));
    assert_memory_equal(buf.data, "start xx", 8);
    assert_int_equal(memory_reserve_used(), 0);
    buf_release(&buf);
}

static void test_arena(void **state)
{
    struct error err;

    failing_malloc_arm(1, true);
    for (size_t i = 0; i < 30; i++)
        memset(arena_alloc(*state, 10000), 'x', 10000);
    assert_false(memory_has_run_out());
    assert_null(arena_try(*state, 100000, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_true(memory_has_run_out());
    arena_reset(*state);
    assert_non_null(arena_try(*state, 10000, &err)); /* the first block is there in any case */
}

/* Reading stops: the tree would take many times the memory of the text. */
static void test_json(void **state)
{
    struct buf text;
    json_t *value;

    (void)state;
    buf_init(&text, 1000000);
    buf_add_literal(&text, "[\"0123456789012345678901234567890123456789\"");
    for (size_t i = 0; i < 100000; i++)
        buf_add_literal(&text, ",[1]");
    buf_add_literal(&text, "]");
    value = jsonr_parse((struct text){text.data, text.length}, 0, NULL);
    assert_int_equal(json_array_size(value), 100001);
    json_decref(value);
    for (long first = 1; first < 40; first++) {
        memory_forget();
        failing_malloc_arm(first, first % 2 == 0);
        assert_null(jsonr_parse((struct text){text.data, text.length}, 0, NULL));
        failing_malloc_disarm();
        assert_true(memory_has_run_out());
        assert_int_equal(memory_reserve_used(), 0);
    }
    buf_release(&text);
}

static void test_what_has_no_error_to_return(void **state)
{
    static const struct text name = {.data = "\xc3\x84rger", .length = 6};
    json_t *input;

    failing_malloc_arm(1, true);
    assert_int_equal(text_nfc(*state, name).length, 0);
    assert_true(memory_has_run_out());
    memory_forget();
    assert_int_equal(text_key(*state, name).length, 0);
    assert_true(memory_has_run_out());
    memory_forget();
    url_judge(TEXT("https://example.org/"));
    assert_true(memory_has_run_out());
    memory_forget();
    input = faults_input(name);
    assert_null(input);
    assert_true(memory_has_run_out());
}

static void test_forms(void **state)
{
    char form[100000];

    memset(form, 'a', sizeof(form));
    failing_malloc_arm(1, true);
    assert_int_equal(urlencoded_parse(*state, (struct text){form, sizeof(form)}).count, 0);
    assert_true(memory_has_run_out());
    failing_malloc_disarm();
    memory_forget();
    assert_int_equal(urlencoded_parse(*state, (struct text){form, sizeof(form)}).count, 1);
    assert_false(memory_has_run_out());
}

static void test_map(void **state)
{
    size_t size = (size_t)64 * 1024 * 1024;
    unsigned char *memory;

    (void)state;
    memory = pages_map(size);
    assert_non_null(memory);
    assert_int_equal(memory[0], 0);
    assert_int_equal(memory[size - 1], 0);
    memory[size - 1] = 1;
    pages_unmap(memory, size);
    pages_unmap(NULL, size);
    assert_null(pages_map(SIZE_MAX / 2));
}

/* Pages of the process that are mapped from files and in memory. */
static long file_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    char line[256];
    char *at = line;

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    for (int i = 0; i < 2; i++)
        at = strchr(at, ' ') + 1;
    return strtol(at, NULL, 10);
}

static void test_rest(void **state)
{
    long before = file_pages();

    (void)state;
    pages_rest();
    assert_true(file_pages() < before);
    assert_int_equal(urlencoded_parse(*state, text_of("still=here")).count, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static void test_wipe(void **state)
{
    char memory[] = "0123456789";

    (void)state;
    memory_wipe(memory + 2, 5);
    assert_memory_equal(memory,
                        "01\0\0\0\0\0"
                        "789",
                        sizeof(memory));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reserve_steps_in),
        TEST(test_reserve_has_an_end),
        TEST(test_buffers_up_to_a_size),
        TEST(test_buffer_leaves_the_reserve),
        TEST(test_arena),
        TEST(test_json),
        TEST(test_what_has_no_error_to_return),
        TEST(test_forms),
        TEST(test_map),
        TEST(test_rest),
        TEST(test_wipe),
    };

    jsonr_prepare();
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
