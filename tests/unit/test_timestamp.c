#include "base/timestamp.h"

#include <stdlib.h>
#include <time.h>

#include "unit.h"

static void test_format(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-US_PER_S, "1969-12-31T23:59:59.000000Z"},
        {INT64_C(951782400) * US_PER_S, "2000-02-29T00:00:00.000000Z"},
        {INT64_C(1709251199) * US_PER_S + 999999, "2024-02-29T23:59:59.999999Z"},
        {INT64_C(1798761599) * US_PER_S, "2026-12-31T23:59:59.000000Z"},
        {INT64_C(2147483648) * US_PER_S, "2038-01-19T03:14:08.000000Z"},
        {INT64_C(4107542400) * US_PER_S, "2100-03-01T00:00:00.000000Z"},
        {INT64_C(4107542399) * US_PER_S, "2100-02-28T23:59:59.000000Z"},
        {INT64_C(253402300799) * US_PER_S + 999999, "9999-12-31T23:59:59.999999Z"},
        {INT64_C(-62135596800) * US_PER_S, "0001-01-01T00:00:00.000000Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[TIMESTAMP_TEXT_SIZE];

        timestamp_format((struct timestamp){cases[i].us}, text);
        assert_string_equal(text, cases[i].text);
    }
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

/* Walks a calendar of its own through every day of nine centuries. */
static void test_every_day(void **state)
{
    struct timestamp_fields day = {
        .year = 1600, .month = 1, .day = 1, .hour = 23, .minute = 59, .second = 58, .microsecond = 7};
    int64_t us = (INT64_C(-11676096000) + 86398) * US_PER_S + 7; /* 1600-01-01 */

    (void)state;
    while (day.year < 2500) {
        struct timestamp_fields fields;

        timestamp_to_fields((struct timestamp){us}, &fields);
        assert_memory_equal(&fields, &day, sizeof(day));
        assert_int_equal(timestamp_from_fields(&day).us, us);
        us += S_PER_DAY * US_PER_S;
        if (++day.day > days_in(day.year, day.month)) {
            day.day = 1;
            if (++day.month > 12) {
                day.month = 1;
                day.year++;
            }
        }
    }
}

static void test_every_second_of_a_day(void **state)
{
    int64_t midnight = INT64_C(1709164800) * US_PER_S; /* 2024-02-29 */

    (void)state;
    for (unsigned second = 0; second < 86400; second++) {
        struct timestamp_fields fields;

        timestamp_to_fields((struct timestamp){midnight + second * US_PER_S + 999999}, &fields);
        assert_int_equal(fields.day, 29);
        assert_int_equal((fields.hour * 60 + fields.minute) * 60 + fields.second, second);
        assert_true(fields.minute < 60 && fields.second < 60);
        assert_int_equal(fields.microsecond, 999999);
    }
}

/* The local time zone plays no part. */
static void test_is_utc(void **state)
{
    char text[TIMESTAMP_TEXT_SIZE];
    struct timestamp_fields fields = {.year = 2026, .month = 7, .day = 1};

    (void)state;
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    timestamp_format((struct timestamp){0}, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
    assert_int_equal(timestamp_from_fields(&fields).us, INT64_C(1782864000) * US_PER_S);
}

static void test_clocks(void **state)
{
    int64_t before = (int64_t)time(NULL);
    int64_t now = timestamp_now().us;
    int64_t previous = timestamp_monotonic_us();

    (void)state;
    /* time() may be some milliseconds behind. */
    assert_true(now >= before * US_PER_S && now <= ((int64_t)time(NULL) + 2) * US_PER_S);
    for (int i = 0; i < 1000; i++) {
        int64_t next = timestamp_monotonic_us();

        assert_true(next >= previous);
        previous = next;
    }
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    assert_true(timestamp_monotonic_us() >= previous + 2000);
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        const char *utc; /* NULL: it is no time */
    } cases[] = {
        {"2026-11-23T09:30:00Z", "2026-11-23T09:30:00.000000Z"},
        {"2026-11-23t09:30:00.1234567z", "2026-11-23T09:30:00.123456Z"},
        {"2026-11-23 09:30:00.5+01:30", "2026-11-23T08:00:00.500000Z"},
        {"2026-11-23T09:30:00-23:59", "2026-11-24T09:29:00.000000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
        {"", NULL},
        {"2026-11-23", NULL},
        {"2026-11-23T09:30Z", NULL},
        {"2026-11-23T09:30:00", NULL},
        {"2026-11-23T09:30:00.Z", NULL},
        {"2026-11-23T09:30:00+0100", NULL},
        {"2026-11-23T09:30:00Zz", NULL},
        {"2026-11-23T24:00:00Z", NULL},
        {"2026-11-23T09:60:00Z", NULL},
        {"2026-00-23T09:30:00Z", NULL},
        {"2026-13-23T09:30:00Z", NULL},
        {"2026-02-29T09:30:00Z", NULL},
        {"2026-11-00T09:30:00Z", NULL},
        {"1970-01-01T00:00:00Z", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"x026-11-23T09:30:00Z", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct text text = {cases[i].text, strlen(cases[i].text)};
        struct timestamp time;
        bool is_time = timestamp_parse(text, &time);

        assert_case(is_time == (cases[i].utc != NULL), i, cases[i].text);
        if (is_time) {
            char written[TIMESTAMP_TEXT_SIZE];

            timestamp_format(time, written);
            assert_string_equal(written, cases[i].utc);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format), cmocka_unit_test(test_every_day), cmocka_unit_test(test_every_second_of_a_day),
        cmocka_unit_test(test_is_utc), cmocka_unit_test(test_clocks),    cmocka_unit_test(test_parse),
    };

    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
