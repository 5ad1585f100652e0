#include "base/buf.h"

#include <stdio.h>

#include "unit.h"

static void test_empty(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 10);
    assert_null(buf.data);
    assert_int_equal(buf.length, 0);
    assert_false(buf.overflowed);
    buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    buf_release(&buf);
    buf_release(&(struct buf){0});
}

static void test_appending(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    buf_add_string(&buf, "one ");
    buf_add_char(&buf, '2');
    buf_add(&buf, "\0!", 2);
    buf_add_literal(&buf, " lit");
    buf_printf(&buf, " %s-%03d", "x", 7);
    assert_int_equal(buf.length, 17);
    assert_memory_equal(buf.data, "one 2\0! lit x-007", 18);
    buf_release(&buf);
}

/* Shows: V5.4.1-5.4.3. */
static void test_maximum_is_exact_and_failure_is_sticky(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    buf_add_string(&buf, "12345");
    assert_false(buf.overflowed);
    buf_add(&buf, "", 0);
    assert_false(buf.overflowed);
    buf_add_char(&buf, '6');
    assert_true(buf.overflowed);
    assert_string_equal(buf.data, "12345");
    buf_reset(&buf, SIZE_MAX);
    assert_false(buf.overflowed);
    assert_string_equal(buf.data, "");

    buf_add_string(&buf, "123456");
    assert_true(buf.overflowed);
    buf_add_char(&buf, '1'); /* would fit, but what went before is missing */
    buf_printf(&buf, "%d", 1);
    buf_add_int(&buf, 1);
    assert_null(buf_reserve(&buf, 1));
    assert_int_equal(buf.length, 0);
    buf_release(&buf);
}

static void test_nothing_fits_into_nothing(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    buf_add_string(&buf, "");
    assert_false(buf.overflowed);
    buf_add_string(&buf, "x");
    assert_true(buf.overflowed);
    buf_release(&buf);
}

/* Shows: V5.4.1-5.4.3. */
static void test_huge_request_is_refused(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_add_string(&buf, "x");
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.overflowed);
    buf_release(&buf);
}

/* The first block is 1024 bytes: every length around a doubling must leave room for the NUL. */
static void test_growing_at_every_length(void **state)
{
    static const char filler[4200];
    char expected[32];

    (void)state;
    for (size_t length = 1020; length < 4100; length = length == 1030 ? 2040 : length == 2055 ? 4090 : length + 1) {
        struct buf buf;

        buf_init(&buf, 100000);
        buf_add(&buf, filler, length);
        assert_true(buf.length < buf.size);
        assert_int_equal(buf.data[buf.length], '\0');
        buf_printf(&buf, "%zu", length);
        snprintf(expected, sizeof(expected), "%zu", length);
        assert_string_equal(buf.data + length, expected);
        buf_release(&buf);
    }
}

static void test_byte_by_byte(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 300000);
    for (int i = 0; i < 300000; i++)
        buf_add_char(&buf, (char)('a' + i % 23));
    assert_false(buf.overflowed);
    assert_int_equal(buf.length, 300000);
    for (int i = 0; i < 300000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 23);
    buf_release(&buf);
}

static void test_integers(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-1, "-1"},
        {9, "9"},
        {10, "10"},
        {-10, "-10"},
        {1000000, "1000000"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
        {INT64_MIN + 1, "-9223372036854775807"},
    };
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(&buf, SIZE_MAX);
        buf_add_int(&buf, cases[i].value);
        assert_string_equal(buf.data, cases[i].text);
    }
    buf_release(&buf);
}

static void test_reserve_and_commit_less(void **state)
{
    struct buf buf;
    char *room;

    (void)state;
    buf_init(&buf, 5000);
    buf_add_string(&buf, "ab");
    room = buf_reserve(&buf, 4000);
    assert_non_null(room);
    memset(room, 'c', 4000);
    buf_commit(&buf, 3);
    assert_string_equal(buf.data, "abccc");
    assert_int_equal(buf.length, 5);
    buf_release(&buf);
}

static void test_reset_keeps_small_memory_and_frees_large(void **state)
{
    static const char filler[5000];
    struct buf buf;
    char *data;

    (void)state;
    buf_init(&buf, 100000);
    buf_add_string(&buf, "small");
    data = buf.data;
    buf_reset(&buf, 1024);
    assert_ptr_equal(buf.data, data);
    assert_string_equal(buf.data, "");
    buf_add(&buf, filler, sizeof(filler));
    buf_reset(&buf, 1024);
    assert_null(buf.data);
    assert_int_equal(buf.size, 0);
    assert_int_equal(buf.maximum, 100000);
    buf_add_string(&buf, "usable again");
    assert_string_equal(buf.data, "usable again");
    buf_release(&buf);
}

static void test_stream(void **state)
{
    static const char content[10000] = {'a', [4096] = 'b', [9999] = 'c'};
    FILE *stream = tmpfile();
    struct buf buf;

    (void)state;
    assert_int_equal(fwrite(content, 1, sizeof(content), stream), sizeof(content));
    rewind(stream);
    buf_init(&buf, sizeof(content));
    assert_true(buf_add_stream(&buf, stream));
    assert_int_equal(buf.length, sizeof(content));
    assert_memory_equal(buf.data, content, sizeof(content));
    buf_release(&buf);
    rewind(stream);
    buf_init(&buf, sizeof(content) - 1);
    assert_true(buf_add_stream(&buf, stream));
    assert_true(buf.overflowed);
    buf_release(&buf);
    fclose(stream);
}

static void test_stream_that_cannot_be_read(void **state)
{
    FILE *directory = fopen("/", "re");
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    assert_false(buf_add_stream(&buf, directory));
    fclose(directory);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_appending),
        cmocka_unit_test(test_maximum_is_exact_and_failure_is_sticky),
        cmocka_unit_test(test_nothing_fits_into_nothing),
        cmocka_unit_test(test_huge_request_is_refused),
        cmocka_unit_test(test_growing_at_every_length),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_reserve_and_commit_less),
        cmocka_unit_test(test_reset_keeps_small_memory_and_frees_large),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_stream_that_cannot_be_read),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
