#include "base/id.h"

#include <stdlib.h>

#include "base/random.h"
#include "unit.h"

static const struct id known = {
    {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde, 0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}};

static void test_parse_good(void **state)
{
    static const struct text cases[] = {
        TEXT("01234567-89ab-7cde-8f01-23456789abcd"),
        TEXT("01234567-89AB-7CDE-8F01-23456789ABCD"),
        TEXT("0123456789ab7cde8f0123456789abcd"),
        TEXT("0123456789aB7cDe8F0123456789AbcD"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct id id;
        /* Exactly as long as the text: a sanitizer sees any byte read behind it. */
        char *exact = malloc(cases[i].length);

        memcpy(exact, cases[i].data, cases[i].length);
        assert_case(id_parse((struct text){exact, cases[i].length}, &id), i, "refused");
        assert_memory_equal(id.bytes, known.bytes, sizeof(id.bytes));
        free(exact);
    }
}

static void test_parse_bad(void **state)
{
    static const struct text cases[] = {
        TEXT(""),
        {NULL, 0},
        TEXT("Acme"),
        TEXT("01234567-89ab-7cde-8f01-23456789abc"),   /* short */
        TEXT("01234567-89ab-7cde-8f01-23456789abcde"), /* long */
        TEXT("01234567-89ab-7cde-8f01-23456789abcg"),  /* no digit */
        TEXT("0123456789ab7cde8f0123456789abcg"),
        TEXT("0123456789ab7cde8f0123456789abc"),
        TEXT("0123456789ab7cde8f0123456789abcde"),
        TEXT("0123456-789ab-7cde-8f01-23456789abcd"), /* hyphens in other places */
        TEXT("01234567-89ab7-cde-8f01-23456789abcd"),
        TEXT("01234567089ab07cde08f01023456789abcd"),
        TEXT("01234567-89ab-7cde-8f01-23456789"),   /* 32 characters, hyphens among them */
        TEXT("01234567-89ab-7cde8f0123456789abcd"), /* some hyphens only */
        TEXT("{01234567-89ab-7cde-8f01-23456789ab}"),
        TEXT("urn:uuid:01234567-89ab-7cde-8f01-23456789abcd"),
        TEXT(" 1234567-89ab-7cde-8f01-23456789abcd"),
        TEXT("+1234567-89ab-7cde-8f01-23456789abcd"),
        TEXT("0x234567-89ab-7cde-8f01-23456789abcd"),
        TEXT("01234567-89ab-7cde-8f01-23456789abc\n"),
        TEXT("01234567-89ab-7cde-8f01-23456789abc\0"),
        TEXT("0123456789ab7cde8f0123456789abc\0"),
        TEXT("01234567\0"
             "89ab-7cde-8f01-23456789abcd"),
        TEXT("０１234567-89ab-7cde-8f01-23456789"), /* full-width digits */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct id id;

        assert_case(!id_parse(cases[i], &id), i, "accepted");
    }
}

static void test_format(void **state)
{
    char text[ID_TEXT_SIZE];
    char digits[ID_DIGITS + 1] = "";

    (void)state;
    id_write_digits(&known, digits);
    assert_string_equal(digits, "0123456789ab7cde8f0123456789abcd");
    id_format(&known, text);
    assert_string_equal(text, "01234567-89ab-7cde-8f01-23456789abcd");
    id_format(&(struct id){{0}}, text);
    assert_string_equal(text, "00000000-0000-0000-0000-000000000000");
}

static void test_parse_reads_what_format_wrote(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct id id;
        struct id back;
        char text[ID_TEXT_SIZE];

        random_fill(id.bytes, sizeof(id.bytes));
        id_format(&id, text);
        assert_true(id_parse((struct text){text, ID_TEXT_SIZE - 1}, &back));
        assert_true(id_equal(&id, &back));
    }
}

/* Every microsecond of several milliseconds comes back exactly, and ids sort as their times do. */
static void test_time_of_new_ids(void **state)
{
    static const int64_t milliseconds[] = {0, 1, 1790000000000, 253402300799999, (INT64_C(1) << 48) - 1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(milliseconds); i++) {
        struct id previous = {{0}};

        for (int64_t fraction = 0; fraction < 1000; fraction++) {
            struct timestamp now = {milliseconds[i] * 1000 + fraction};
            int64_t near_us = now.us == 0 ? 1 : now.us > TIMESTAMP_MAX_US ? TIMESTAMP_MAX_US : now.us;
            struct timestamp back;
            struct id id = id_new(now);

            assert_int_equal(id.bytes[6] >> 4, 7);
            assert_int_equal(id.bytes[8] >> 6, 2);
            assert_true(id_time(&id, &back));
            assert_int_equal(back.us, near_us);
            assert_true(memcmp(previous.bytes, id.bytes, sizeof(id.bytes)) < 0);
            previous = id;
        }
    }
}

/* RFC 9562, 6.9: what time does not fill is random. */
static void test_new_ids_of_one_moment_differ(void **state)
{
    struct timestamp now = {1790000000000000};
    struct id ids[200];
    uint8_t ones[16] = {0};
    uint8_t zeros[16] = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        ids[i] = id_new(now);
        for (size_t earlier = 0; earlier < i; earlier++)
            assert_false(id_equal(&ids[i], &ids[earlier]));
        for (size_t at = 0; at < 16; at++) {
            ones[at] = (uint8_t)(ones[at] | ids[i].bytes[at]);
            zeros[at] = (uint8_t)(zeros[at] | ~ids[i].bytes[at]);
        }
    }
    assert_int_equal(ones[8] & zeros[8], 0x3f);
    for (size_t at = 9; at < 16; at++)
        assert_int_equal(ones[at] & zeros[at], 0xff);
}

static void test_other_versions_have_no_time(void **state)
{
    struct timestamp time = {42};

    (void)state;
    for (uint8_t version = 0; version < 16; version++) {
        struct id id = known;

        id.bytes[6] = (uint8_t)(version << 4 | 0x0c);
        assert_int_equal(id_time(&id, &time), version == 7);
    }
}

/* RFC 9562, A.6: the version 7 example, made in 2022. */
static void test_time_of_the_example(void **state)
{
    struct timestamp time;
    struct id id;

    (void)state;
    assert_true(id_parse(TEXT("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
    assert_true(id_time(&id, &time));
    assert_int_equal(time.us / 1000, 0x017f22e279b0);
}

static void test_equal_and_nil(void **state)
{
    struct id id = {{0}};

    (void)state;
    assert_true(id_is_nil(&id));
    for (size_t at = 0; at < sizeof(id.bytes); at++) {
        struct id other = id;

        other.bytes[at] = 1;
        assert_false(id_equal(&id, &other));
        assert_false(id_is_nil(&other));
    }
    assert_true(id_equal(&id, &(struct id){{0}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_good),
        cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse_reads_what_format_wrote),
        cmocka_unit_test(test_time_of_new_ids),
        cmocka_unit_test(test_new_ids_of_one_moment_differ),
        cmocka_unit_test(test_other_versions_have_no_time),
        cmocka_unit_test(test_time_of_the_example),
        cmocka_unit_test(test_equal_and_nil),
    };

    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
