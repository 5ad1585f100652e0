#include "db/db_hosts.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define US_PER_S INT64_C(1000000)

static void assert_host(const struct db_hosts *hosts, size_t index, const char *name, unsigned port)
{
    assert_string_equal(hosts->list[index].name, name);
    assert_int_equal(hosts->list[index].port, port);
}

static void test_none_and_one(void **state)
{
    struct db_hosts hosts = {0};
    struct error err;

    (void)state;
    assert_int_equal(db_hosts_set(&hosts, NULL, &err), 0);
    assert_int_equal(hosts.count, 1);
    assert_null(hosts.list[0].name);
    assert_int_equal(db_hosts_set(&hosts, "", &err), 0);
    assert_null(hosts.list[0].name);
    assert_int_equal(db_hosts_set(&hosts, "db.example.org", &err), 0);
    assert_int_equal(hosts.count, 1);
    assert_host(&hosts, 0, "db.example.org", 0);
    assert_int_equal(db_hosts_set(&hosts, "::1", &err), 0); /* one host is the client library's to understand */
    assert_host(&hosts, 0, "::1", 0);
}

static void test_list(void **state)
{
    struct db_hosts hosts = {0};
    struct error err;

    (void)state;
    assert_int_equal(db_hosts_set(&hosts, "localhost, db2:3307 ,[fe80::1]:3308,[::1],10.0.0.5:1", &err), 0);
    assert_int_equal(hosts.count, 5);
    assert_host(&hosts, 0, "localhost", 0);
    assert_host(&hosts, 1, "db2", 3307);
    assert_host(&hosts, 2, "fe80::1", 3308);
    assert_host(&hosts, 3, "::1", 0);
    assert_host(&hosts, 4, "10.0.0.5", 1);
}

static void test_faulty_list(void **state)
{
    static const char *const faulty[] = {"a,",        "a,,b",       ",a",     "a,b:",     "a,b:0",
                                         "a,b:65536", "a,b:33x6",   "a,[::1", "a,[::1]x", "a,[]:3306",
                                         "a,:3306",   "a,b:123456", "a,b:-1"};
    struct db_hosts hosts = {0};
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(faulty); i++) {
        assert_int_equal(db_hosts_set(&hosts, faulty[i], &err), -1);
        assert_int_equal(err.kind, ERR_INTERNAL);
        assert_non_null(strstr(err.message, faulty[i]));
        assert_int_equal(hosts.count, 0);
    }
}

static void test_limits(void **state)
{
    static char text[DB_HOSTS_TEXT_MAX + 1];
    struct db_hosts hosts = {0};
    struct error err;
    size_t length = 0;

    (void)state;
    for (int i = 0; i < DB_HOSTS_MAX; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%shost%d", i > 0 ? "," : "", i);
    assert_int_equal(db_hosts_set(&hosts, text, &err), 0);
    assert_int_equal(hosts.count, DB_HOSTS_MAX);
    snprintf(text + length, sizeof(text) - length, ",onemore");
    assert_int_equal(db_hosts_set(&hosts, text, &err), -1);
    memset(text, 'a', DB_HOSTS_TEXT_MAX);
    assert_int_equal(db_hosts_set(&hosts, text, &err), -1);
    text[DB_HOSTS_TEXT_MAX - 1] = '\0';
    assert_int_equal(db_hosts_set(&hosts, text, &err), 0);
}

static void assert_order(const struct db_hosts *hosts, int64_t now_us, size_t first, size_t second, size_t third)
{
    size_t order[DB_HOSTS_MAX];

    db_hosts_order(hosts, now_us, order);
    assert_int_equal(order[0], first);
    assert_int_equal(order[1], second);
    assert_int_equal(order[2], third);
}

static void test_avoided_hosts_come_last(void **state)
{
    struct db_hosts hosts = {0};
    struct error err;

    (void)state;
    assert_int_equal(db_hosts_set(&hosts, "a,b,c", &err), 0);
    assert_order(&hosts, 100 * US_PER_S, 0, 1, 2);
    db_hosts_avoid(&hosts, 0, 100 * US_PER_S);
    assert_order(&hosts, 101 * US_PER_S, 1, 2, 0);
    db_hosts_avoid(&hosts, 1, 105 * US_PER_S);
    assert_order(&hosts, 106 * US_PER_S, 2, 0, 1);
    assert_order(&hosts, 111 * US_PER_S, 0, 2, 1);
    assert_order(&hosts, 116 * US_PER_S, 0, 1, 2);
}

static void test_what_is_known_lasts_as_long_as_the_list(void **state)
{
    struct db_hosts hosts = {0};
    struct error err;

    (void)state;
    assert_int_equal(db_hosts_set(&hosts, "a,b,c", &err), 0);
    db_hosts_avoid(&hosts, 0, 100 * US_PER_S);
    assert_int_equal(db_hosts_set(&hosts, "a,b,c", &err), 0);
    assert_order(&hosts, 101 * US_PER_S, 1, 2, 0);
    assert_int_equal(db_hosts_set(&hosts, "a,b,d", &err), 0);
    assert_order(&hosts, 101 * US_PER_S, 0, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_and_one),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_faulty_list),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_avoided_hosts_come_last),
        cmocka_unit_test(test_what_is_known_lasts_as_long_as_the_list),
    };

    return cmocka_run_group_tests_name("db_hosts", tests, NULL, NULL);
}
