#include "web/paging.h"

#include "base/text.h"
#include "unit.h"

struct filter {
    struct text name;
    struct id thing_id;
    int64_t offset;
    int64_t limit;
    struct id after;
    bool include_total;
    struct paging_given given;
};

static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .maximum = FIELD_UNBOUNDED, .offset = offsetof(struct filter, name)},
    {.name = "thing_id", .type = FIELD_ID, .offset = offsetof(struct filter, thing_id)},
    PAGING_OFFSET(struct filter),
    PAGING_LIMIT(struct filter),
    PAGING_AFTER(struct filter, "thing"),
    PAGING_INCLUDE_TOTAL(struct filter),
    {.name = NULL},
};

struct fixture {
    struct arena *arena;
    struct faults faults;
    struct http_response response;
    struct filter filter;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.arena = arena_open()};
    faults_init(&fixture.faults);
    http_response_init(&fixture.response);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    http_response_release(&fixture->response);
    faults_release(&fixture->faults);
    arena_close(fixture->arena);
    return 0;
}

static void read_query(struct fixture *fixture, const char *text)
{
    struct urlencoded query = urlencoded_parse(fixture->arena, text_of(text));

    faults_reset(&fixture->faults);
    paging_from_query(fields, &query, fixture->arena, &fixture->filter, &fixture->faults);
}

static void test_what_is_absent_has_its_default(void **state)
{
    struct fixture *fixture = *state;

    read_query(fixture, "name=x");
    assert_int_equal(fixture->faults.count, 0);
    assert_int_equal(fixture->filter.offset, 0);
    assert_int_equal(fixture->filter.limit, PAGING_LIMIT_DEFAULT);
    assert_false(fixture->filter.include_total);
    read_query(fixture, "limit=7&offset=8&include_total=yes");
    assert_int_equal(fixture->filter.offset, 8);
    assert_int_equal(fixture->filter.limit, 7);
    assert_true(fixture->filter.include_total);
}

static void test_a_page_starts_behind_something_or_at_an_offset(void **state)
{
    struct fixture *fixture = *state;

    read_query(fixture, "after=01234567-89ab-7cde-8f01-23456789abcd&limit=1");
    assert_int_equal(fixture->faults.count, 0);
    read_query(fixture, "after=01234567-89ab-7cde-8f01-23456789abcd&offset=0");
    assert_int_equal(fixture->faults.count, 1);
    assert_non_null(strstr(fixture->faults.json.data, "\"loc\":[\"query\",\"after\"]"));
}

/* What the request asks for, as a link to the page behind an id. */
static const char *link_of(struct fixture *fixture, const char *query)
{
    struct http_request request = {.mount = "/m", .query = urlencoded_parse(fixture->arena, text_of(query))};
    struct id last = {{0xff}};

    fixture->filter = (struct filter){.limit = 0};
    read_query(fixture, query);
    http_response_reset(&fixture->response);
    paging_add_next_link(&fixture->response, &request, fields, &fixture->filter, "/things", &last);
    return fixture->response.headers.length == 0 ? "" : fixture->response.headers.data;
}

#define LINK(rest) "Link: </m/things?after=ff000000-0000-0000-0000-000000000000" rest ">; rel=\"next\"\r\n"

static void test_a_link_keeps_all_but_where_the_page_started(void **state)
{
    struct fixture *fixture = *state;
    char name[13000] = "name=";

    assert_string_equal(link_of(fixture, ""), LINK(""));
    assert_string_equal(link_of(fixture, "offset=3&limit=2&include_total=1&strange=1&name=%C3%BC%26"),
                        LINK("&name=%C3%BC%26&limit=2&include_total=true"));
    assert_string_equal(link_of(fixture, "after=x&name=a&name=b"), LINK("&name=b"));
    assert_string_equal(link_of(fixture, "limit=100&include_total=NO&name="),
                        LINK("&name=&limit=100&include_total=false"));
    memset(name + 5, 'x', sizeof(name) - 6);
    assert_string_equal(link_of(fixture, name), "");
}

static void test_a_link_has_values_as_they_are_understood(void **state)
{
    struct fixture *fixture = *state;
    char long_one[6000] = "limit=7&thing_id=0123456789AB7CDE8F0123456789ABCD&limit=";

    memset(long_one + strlen(long_one), '0', sizeof(long_one) - 2 - strlen(long_one));
    long_one[sizeof(long_one) - 2] = '9';
    assert_string_equal(link_of(fixture, long_one), LINK("&thing_id=01234567-89ab-7cde-8f01-23456789abcd&limit=9"));
}

static void test_a_link_leads_behind_any_text(void **state)
{
    struct fixture *fixture = *state;
    struct http_request request = {.mount = "", .query = urlencoded_parse(fixture->arena, TEXT("limit=2&after=x"))};

    fixture->filter = (struct filter){.limit = 2};
    http_response_reset(&fixture->response);
    paging_add_next_link_behind(&fixture->response, &request, fields, &fixture->filter, "/things",
                                TEXT("\xc3\xbc&>\r\n"));
    assert_string_equal(fixture->response.headers.data,
                        "Link: </things?after=%C3%BC%26%3E%0D%0A&limit=2>; rel=\"next\"\r\n");
}

static void test_the_total_is_a_header(void **state)
{
    struct fixture *fixture = *state;

    paging_add_total(&fixture->response, 12345678901);
    assert_string_equal(fixture->response.headers.data, "X-Total-Count: 12345678901\r\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_absent_has_its_default),
        TEST(test_a_page_starts_behind_something_or_at_an_offset),
        TEST(test_a_link_keeps_all_but_where_the_page_started),
        TEST(test_a_link_has_values_as_they_are_understood),
        TEST(test_a_link_leads_behind_any_text),
        TEST(test_the_total_is_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
