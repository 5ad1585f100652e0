#include "domain/organizations/organization.h"

#include "base/text.h"
#include "unit.h"

struct fixture {
    struct faults faults;
    struct call call;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    faults_init(&fixture.faults);
    fixture.call = (struct call){.arena = arena_open(), .faults = &fixture.faults};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_close(fixture->call.arena);
    faults_release(&fixture->faults);
    return 0;
}

static void release_json(void *object)
{
    json_decref(object);
}

static json_t *load(struct fixture *fixture, const char *text)
{
    json_t *body = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (body == NULL)
        fail_msg("not the JSON the test meant: %s", text);
    arena_defer(fixture->call.arena, release_json, body);
    faults_reset(&fixture->faults);
    return body;
}

/* What was given, as bits. */
enum {
    GIVEN_NAME = 1 << 0,
    GIVEN_DESCRIPTION = 1 << 1,
    GIVEN_LOGO_URL = 1 << 2,
    GIVEN_LINKS = 1 << 3,
    GIVEN_OWNER_ID = 1 << 4,
    GIVEN_ID = 1 << 5,
};

static unsigned given_of(const struct organization_input *input)
{
    const struct organization_given *given = &input->given;

    return (given->name ? GIVEN_NAME : 0U) | (given->description ? GIVEN_DESCRIPTION : 0U) |
           (given->logo_url ? GIVEN_LOGO_URL : 0U) | (given->links ? GIVEN_LINKS : 0U) |
           (given->owner_id ? GIVEN_OWNER_ID : 0U) | (given->id ? GIVEN_ID : 0U);
}

static void test_create_with_everything(void **state)
{
    struct fixture *fixture = *state;
    struct organization_input input;
    struct error err;
    const json_t *body = load(
        fixture,
        "{\"name\":\"Acme\",\"id\":\"0123456789ab7cde8f0123456789abcd\",\"description\":\"d\",\"logo_url\":\"https://l\","
        "\"links\":[{\"title\":\"\\\"T\\\"\",\"url\":\"https://a\",\"extra\":1},{\"title\":\"U\",\"url\":\"http://b\"}],"
        "\"owner_id\":\"01234567-89ab-7cde-8f01-23456789abce\"}");

    assert_int_equal(organization_input_for_create(&fixture->call, body, &input, &err), 0);
    assert_int_equal(given_of(&input),
                     GIVEN_NAME | GIVEN_DESCRIPTION | GIVEN_LOGO_URL | GIVEN_LINKS | GIVEN_OWNER_ID | GIVEN_ID);
    assert_text_equal(input.value.name, "Acme");
    assert_text_equal(input.value.description, "d");
    assert_text_equal(input.value.logo_url, "https://l");
    assert_text_equal(input.value.links,
                      "[{\"title\":\"\\\"T\\\"\",\"url\":\"https://a\"},{\"title\":\"U\",\"url\":\"http://b\"}]");
    assert_int_equal(input.value.id.bytes[15], 0xcd);
    assert_int_equal(input.value.owner_id.bytes[15], 0xce);
}

static void test_create_with_nulls(void **state)
{
    struct fixture *fixture = *state;
    struct organization_input input;
    struct error err;
    const json_t *body =
        load(fixture,
             "{\"name\":\"A\",\"id\":null,\"description\":null,\"logo_url\":null,\"links\":null,\"owner_id\":null}");

    assert_int_equal(organization_input_for_create(&fixture->call, body, &input, &err), 0);
    assert_int_equal(given_of(&input), GIVEN_NAME | GIVEN_DESCRIPTION | GIVEN_LOGO_URL | GIVEN_LINKS);
    assert_null(input.value.description.data);
    assert_null(input.value.logo_url.data);
    assert_null(input.value.links.data);
}

static void test_create_needs_a_name(void **state)
{
    static const struct {
        const char *body;
        const char *type;
    } cases[] = {
        {"{}", "\"missing\""},
        {"{\"name\":null}", "\"string_type\""},
        {"[]", "\"model_attributes_type\""},
        {"null", "\"model_attributes_type\""},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct organization_input input;
        struct error err;

        assert_int_equal(organization_input_for_create(&fixture->call, load(fixture, cases[i].body), &input, &err), -1);
        assert_int_equal(err.kind, ERR_VALIDATION);
        assert_case(strstr(fixture->faults.json.data, cases[i].type) != NULL, i, fixture->faults.json.data);
    }
}

/* In an update null leaves name and owner as they are, clears the others, and an id is none of its fields. */
static void test_update(void **state)
{
    static const struct {
        const char *body;
        unsigned given;
    } cases[] = {
        {"{}", 0},
        {"{\"name\":null,\"owner_id\":null}", 0},
        {"{\"description\":null}", GIVEN_DESCRIPTION},
        {"{\"logo_url\":null}", GIVEN_LOGO_URL},
        {"{\"links\":null}", GIVEN_LINKS},
        {"{\"links\":[]}", GIVEN_LINKS},
        {"{\"name\":\"New\"}", GIVEN_NAME},
        {"{\"id\":\"not even a UUID\",\"whatever\":[]}", 0},
        {"{\"owner_id\":\"0123456789ab7cde8f0123456789abcd\"}", GIVEN_OWNER_ID},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct organization_input input;
        struct error err;

        assert_int_equal(organization_input_for_update(&fixture->call, load(fixture, cases[i].body), &input, &err), 0);
        assert_int_equal(given_of(&input), cases[i].given);
    }
}

static void test_empty_list_of_links_is_not_null(void **state)
{
    struct fixture *fixture = *state;
    struct organization_input input;
    struct error err;

    assert_int_equal(organization_input_for_update(&fixture->call, load(fixture, "{\"links\":[]}"), &input, &err), 0);
    assert_text_equal(input.value.links, "[]");
}

#define TEN "1234567890"
#define FORTY_NINE TEN TEN TEN TEN "123456789"

static void test_names(void **state)
{
    static const struct {
        const char *body;
        const char *name; /* as it is stored; NULL: refused */
    } cases[] = {
        {"{\"name\":\"A\"}", "A"},
        {"{\"name\":\"" FORTY_NINE "0\"}", FORTY_NINE "0"},
        {"{\"name\":\"" FORTY_NINE "01\"}", NULL},
        {"{\"name\":\"" FORTY_NINE "😀\"}", FORTY_NINE "😀"},
        {"{\"name\":\"" FORTY_NINE "e\\u0301\"}", FORTY_NINE "é"}, /* 51 code points, 50 in NFC */
        {"{\"name\":\"\"}", NULL},
        {"{\"name\":\" A\"}", NULL},
        {"{\"name\":\"A \"}", NULL},
        {"{\"name\":\"A\\u00a0\"}", NULL},
        {"{\"name\":\"\\u3000A\"}", NULL},
        {"{\"name\":\" \"}", NULL},
        {"{\"name\":\"A B\"}", "A B"},
        {"{\"name\":\"A\\tB\"}", NULL},
        {"{\"name\":\"A\\u0000\"}", NULL},
        {"{\"name\":\"A\\u007f\"}", NULL},
        {"{\"name\":\"A\\u0085B\"}", NULL},
        {"{\"name\":\"R&D/Berlin%2F?#+\"}", "R&D/Berlin%2F?#+"},
        {"{\"name\":\"..\"}", NULL},
        {"{\"name\":\"...\"}", "..."},
        {"{\"name\":\"\\u200b\"}", NULL},
        {"{\"name\":\"A\\u202eB\"}", NULL},
        {"{\"name\":\"A\\u0378\"}", NULL},
        {"{\"name\":\"01234567-89AB-7cde-8f01-23456789abcd\"}", NULL},
        {"{\"name\":\"0123456789ab7cde8f0123456789abcd\"}", NULL},
        {"{\"name\":\"0123456789ab7cde8f0123456789abc\"}", "0123456789ab7cde8f0123456789abc"},
        {"{\"name\":5}", NULL},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct organization_input input;
        struct error err;
        int result = organization_input_for_create(&fixture->call, load(fixture, cases[i].body), &input, &err);

        assert_case(result == (cases[i].name == NULL ? -1 : 0), i, cases[i].body);
        if (cases[i].name != NULL)
            assert_text_equal(input.value.name, cases[i].name);
        else
            assert_int_equal(fixture->faults.count, 1);
    }
}

/* Length limits of the contract, just met and just missed. */
static void test_limits(void **state)
{
    static const struct {
        const char *before;
        size_t most;
        const char *after;
    } cases[] = {
        {"{\"description\":\"", 256, "\"}"},
        {"{\"logo_url\":\"https://a/", 2048 - 10, "\"}"},
        {"{\"links\":[{\"url\":\"https://a\",\"title\":\"", 50, "\"}]}"},
        {"{\"links\":[{\"title\":\"a\",\"url\":\"https://a/", 2048 - 10, "\"}]}"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;

        for (size_t extra = 0; extra < 2; extra++) {
            const char *body = arena_printf(fixture->call.arena, "%s%0*d%s", cases[i].before,
                                            (int)(cases[i].most + extra), 0, cases[i].after);
            struct organization_input input;
            struct error err;

            assert_case(organization_input_for_update(&fixture->call, load(fixture, body), &input, &err) ==
                            (extra == 0 ? 0 : -1),
                        i, cases[i].before);
        }
    }
}

static void test_number_of_links(void **state)
{
    struct fixture *fixture = *state;
    const char *body = "{\"title\":\"a\",\"url\":\"https://a\"}";
    struct organization_input input;
    struct error err;

    for (int i = 1; i < 20; i++)
        body = arena_printf(fixture->call.arena, "%s,{\"title\":\"%d\",\"url\":\"https://a\"}", body, i);
    assert_int_equal(
        organization_input_for_update(
            &fixture->call, load(fixture, arena_printf(fixture->call.arena, "{\"links\":[%s]}", body)), &input, &err),
        0);
    assert_int_equal(input.links.count, 20);
    assert_int_equal(organization_input_for_update(
                         &fixture->call, load(fixture, arena_printf(fixture->call.arena, "{\"links\":[%s,{}]}", body)),
                         &input, &err),
                     -1);
    assert_non_null(strstr(fixture->faults.json.data, "\"max_length\":20,\"actual_length\":21"));
}

static int read_filter(struct fixture *fixture, const char *query, struct organization_filter *filter,
                       struct error *err)
{
    struct urlencoded params = urlencoded_parse(fixture->call.arena, text_of(query));

    faults_reset(&fixture->faults);
    return organization_filter_from_query(&fixture->call, &params, filter, err);
}

static void test_filter(void **state)
{
    struct fixture *fixture = *state;
    struct organization_filter filter;
    struct error err;

    assert_int_equal(read_filter(fixture, "", &filter, &err), 0);
    assert_int_equal(filter.limit, 100);
    assert_int_equal(filter.offset, 0);
    assert_true(id_is_nil(&filter.after) && id_is_nil(&filter.owner_id));
    assert_null(filter.name_key.data);
    assert_false(filter.include_total || filter.include_subscription_status);

    assert_int_equal(
        read_filter(
            fixture,
            "name=R%26D&offset=2147483647&limit=1000&owner_id=0123456789ab7cde8f0123456789abcd&owner_username=U%E2%80%8B"
            "&include_total=true&include_subscription_status=1",
            &filter, &err),
        0);
    assert_text_equal(filter.name_key, "r&d");
    assert_text_equal(filter.owner_key, "u");
    assert_int_equal(filter.offset, 2147483647);
    assert_int_equal(filter.limit, 1000);
    assert_int_equal(filter.owner_id.bytes[15], 0xcd);
    assert_true(filter.include_total && filter.include_subscription_status);
}

static void test_filters_that_are_refused(void **state)
{
    static const struct {
        const char *query;
        const char *fault;
    } cases[] = {
        {"limit=0", "\"greater_than_equal\",\"loc\":[\"query\",\"limit\"]"},
        {"limit=1001", "\"less_than_equal\",\"loc\":[\"query\",\"limit\"]"},
        {"limit=", "\"int_parsing\",\"loc\":[\"query\",\"limit\"]"},
        {"offset=-1", "\"greater_than_equal\",\"loc\":[\"query\",\"offset\"]"},
        {"offset=2147483648", "\"less_than_equal\",\"loc\":[\"query\",\"offset\"]"},
        {"owner_id=me", "\"uuid_parsing\",\"loc\":[\"query\",\"owner_id\"]"},
        {"after=1", "\"uuid_parsing\",\"loc\":[\"query\",\"after\"]"},
        {"name=%ff", "\"string_unicode\",\"loc\":[\"query\",\"name\"]"},
        {"search=%ff", "\"string_unicode\",\"loc\":[\"query\",\"search\"]"},
        {"after=%ff", "\"string_unicode\",\"loc\":[\"query\",\"after\"]"},
        {"after=%ff&order_by=name", "\"string_unicode\",\"loc\":[\"query\",\"after\"]"},
        {"after=", "\"uuid_parsing\",\"loc\":[\"query\",\"after\"]"},
        {"after=1&order_by=-created", "\"uuid_parsing\",\"loc\":[\"query\",\"after\"]"},
        {"after=a&order_by=name&offset=0", "\"value_error\",\"loc\":[\"query\",\"after\"]"},
        {"order_by=updated", "\"literal_error\",\"loc\":[\"query\",\"order_by\"]"},
        {"include_total=2", "\"bool_parsing\",\"loc\":[\"query\",\"include_total\"]"},
        {"after=0123456789ab7cde8f0123456789abcd&offset=0", "\"value_error\",\"loc\":[\"query\",\"after\"]"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct organization_filter filter;
        struct error err;

        assert_case(read_filter(fixture, cases[i].query, &filter, &err) == -1, i, cases[i].query);
        assert_int_equal(fixture->faults.count, 1);
        assert_case(strstr(fixture->faults.json.data, cases[i].fault) != NULL, i, fixture->faults.json.data);
    }
}

static void test_after(void **state)
{
    struct fixture *fixture = *state;
    struct organization_filter filter;
    struct error err;

    assert_int_equal(read_filter(fixture, "after=0123456789ab7cde8f0123456789abcd&limit=7", &filter, &err), 0);
    assert_int_equal(filter.after.bytes[15], 0xcd);
    assert_int_equal(filter.limit, 7);
    assert_null(filter.after_key.data);
    assert_int_equal(read_filter(fixture, "after=0123456789ab7cde8f0123456789abcd&order_by=-created", &filter, &err),
                     0);
    assert_int_equal(filter.after.bytes[15], 0xcd);
    /* By name it is a name, whatever it looks like. */
    assert_int_equal(read_filter(fixture, "after=0123456789AB7CDE8F0123456789ABCD&order_by=name", &filter, &err), 0);
    assert_true(id_is_nil(&filter.after) && filter.given.after);
    assert_text_equal(filter.after_key, "0123456789ab7cde8f0123456789abcd");
    assert_int_equal(read_filter(fixture, "after=&order_by=-name", &filter, &err), 0);
    assert_true(filter.given.after && filter.after_key.data != NULL && filter.after_key.length == 0);
}

static void test_order(void **state)
{
    static const struct {
        const char *query;
        enum organization_order order;
        bool is_by_name;
    } cases[] = {
        {"", ORGANIZATION_BY_CREATED, false},
        {"order_by=created", ORGANIZATION_BY_CREATED, false},
        {"order_by=-created", ORGANIZATION_BY_CREATED_DOWN, false},
        {"order_by=name", ORGANIZATION_BY_NAME, true},
        {"order_by=-name", ORGANIZATION_BY_NAME_DOWN, true},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct organization_filter filter;
        struct error err;

        assert_case(read_filter(fixture, cases[i].query, &filter, &err) == 0, i, cases[i].query);
        assert_case(filter.order == cases[i].order, i, cases[i].query);
        assert_case(organization_order_is_by_name(filter.order) == cases[i].is_by_name, i, cases[i].query);
    }
}

/* A link shows the key, or what was sent if that is shorter. */
static void test_what_is_searched_for(void **state)
{
    struct fixture *fixture = *state;
    struct organization_filter filter;
    struct error err;

    assert_int_equal(read_filter(fixture, "", &filter, &err), 0);
    assert_null(filter.search_key.data);
    assert_int_equal(read_filter(fixture, "search=C%E2%80%8BAF&owner_username=%EF%B7%BA", &filter, &err), 0);
    assert_text_equal(filter.search_key, "caf");
    assert_text_equal(filter.search, "caf");
    assert_text_equal(filter.owner_username, "\xef\xb7\xba");
    assert_int_equal(filter.owner_key.length, 33);
    assert_int_equal(read_filter(fixture, "search=%EF%B7%BA", &filter, &err), 0);
    assert_text_equal(filter.search, "\xef\xb7\xba");
    assert_int_equal(filter.search_key.length, 33);
    assert_int_equal(read_filter(fixture, "search=%E2%80%8B", &filter, &err), 0);
    assert_int_equal(filter.search_key.length, 0);
    assert_int_equal(read_filter(fixture, "search=a%00", &filter, &err), 0);
    assert_int_equal(filter.search_key.length, 2);
}

static void test_include_of_one(void **state)
{
    struct fixture *fixture = *state;
    struct urlencoded good = urlencoded_parse(fixture->call.arena, TEXT("include_subscription_status=yes&limit=x"));
    struct urlencoded none = urlencoded_parse(fixture->call.arena, TEXT(""));
    struct urlencoded bad = urlencoded_parse(fixture->call.arena, TEXT("include_subscription_status=2"));
    struct error err;
    bool include = false;

    assert_int_equal(organization_include_from_query(&fixture->call, &good, &include, &err), 0);
    assert_true(include);
    assert_int_equal(organization_include_from_query(&fixture->call, &none, &include, &err), 0);
    assert_false(include);
    assert_int_equal(organization_include_from_query(&fixture->call, &bad, &include, &err), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create_with_everything),
        TEST(test_create_with_nulls),
        TEST(test_create_needs_a_name),
        TEST(test_update),
        TEST(test_empty_list_of_links_is_not_null),
        TEST(test_names),
        TEST(test_limits),
        TEST(test_number_of_links),
        TEST(test_filter),
        TEST(test_filters_that_are_refused),
        TEST(test_after),
        TEST(test_order),
        TEST(test_what_is_searched_for),
        TEST(test_include_of_one),
    };

    return cmocka_run_group_tests_name("organization_fields", tests, NULL, NULL);
}
