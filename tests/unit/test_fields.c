#include "fields_fixture.h"

static void test_good_object(void **state)
{
    struct fixture *fixture = *state;
    const struct target *target = &fixture->target;
    const struct item *items;
    char id[ID_TEXT_SIZE];
    size_t given = read_json(
        fixture,
        "{\"text\":\"e\\u0301\",\"url\":\"https://a.example/~\",\"id\":\"0123456789AB7CDE8F0123456789ABCD\","
        "\"number\":-5,\"flag\":true,\"unknown\":[{}],"
        "\"list\":[{\"title\":\"one\",\"url\":\"http://b\"},{\"title\":\"two\",\"url\":\"HTTPS://c\",\"more\":0}]}");

    assert_string_equal(shown_faults(fixture), "");
    assert_int_equal(given, 63);
    assert_text_equal(target->text, "é"); /* NFC */
    assert_text_equal(target->url, "https://a.example/~");
    id_format(&target->id, id);
    assert_string_equal(id, "01234567-89ab-7cde-8f01-23456789abcd");
    assert_int_equal(target->number, -5);
    assert_true(target->flag);
    assert_int_equal(target->list.count, 2);
    items = target->list.items;
    assert_text_equal(items[0].title, "one");
    assert_text_equal(items[1].url, "HTTPS://c");
}

static void test_absent_fields_leave_the_target_alone(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(read_json(fixture, "{}"), 0);
    assert_int_equal(fixture->faults.count, 0);
    assert_int_equal(fixture->target.number, 99);
    assert_int_equal(read_query(fixture, ""), 0);
    assert_int_equal(fixture->target.number, 99);
}

static void test_null(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(read_json(fixture, "{\"text\":null,\"url\":null,\"list\":null,\"id\":null}"),
                     TEXT_GIVEN | URL_GIVEN | LIST_GIVEN);
    assert_int_equal(fixture->faults.count, 0);
    assert_null(fixture->target.text.data);
    assert_null(fixture->target.list.items);
}

/* An empty list is a value and not null. */
static void test_empty_list(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(read_json(fixture, "{\"list\":[]}"), LIST_GIVEN);
    assert_non_null(fixture->target.list.items);
    assert_int_equal(fixture->target.list.count, 0);
}

/* One bad field does not keep the others from being stored. */
static void test_good_fields_beside_bad_ones(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(read_json(fixture, "{\"text\":\"ok\",\"number\":\"bad\"}"), TEXT_GIVEN);
    assert_text_equal(fixture->target.text, "ok");
    assert_int_equal(fixture->target.number, 99);
}

static void test_booleans_of_queries(void **state)
{
    static const struct {
        const char *query;
        bool value;
    } cases[] = {
        {"flag=true", true}, {"flag=True", true},   {"flag=1", true},  {"flag=yes", true}, {"flag=Y", true},
        {"flag=on", true},   {"flag=t", true},      {"flag=0", false}, {"flag=no", false}, {"flag=N", false},
        {"flag=off", false}, {"flag=FALSE", false}, {"flag=f", false},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;

        assert_int_equal(read_query(fixture, cases[i].query), 1 << 4);
        assert_case(fixture->target.flag == cases[i].value, i, cases[i].query);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_object), TEST(test_absent_fields_leave_the_target_alone), TEST(test_null),
        TEST(test_empty_list),  TEST(test_good_fields_beside_bad_ones),          TEST(test_booleans_of_queries),
    };

    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
