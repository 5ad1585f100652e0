#include "web/fields.h"

#include "base/text.h"
#include "unit.h"

struct item {
    struct text title;
    struct text url;
};

struct target {
    struct text text;
    struct text url;
    struct id id;
    int64_t number;
    bool flag;
    struct field_list list;
    bool given[6];
};

static const char *check_no_x(struct text value)
{
    return memchr(value.data, 'x', value.length) != NULL ? "no \"x\", please" : NULL;
}

static const struct field item_fields[] = {
    {.name = "title",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .minimum = 1,
     .maximum = 5,
     .offset = offsetof(struct item, title)},
    {.name = "url", .type = FIELD_URL, .flags = FIELD_REQUIRED, .maximum = 30, .offset = offsetof(struct item, url)},
    {.name = NULL},
};

static const struct model item_model = {.fields = item_fields};

static const struct field fields[] = {
    {.name = "text",
     .type = FIELD_TEXT,
     .flags = FIELD_NULLABLE | FIELD_NFC,
     .minimum = 1,
     .maximum = 5,
     FIELD_AT_GIVEN(struct target, text, given[0]),
     .check = check_no_x},
    {.name = "url",
     .type = FIELD_URL,
     .flags = FIELD_NULLABLE,
     .maximum = 30,
     FIELD_AT_GIVEN(struct target, url, given[1])},
    {.name = "id", .type = FIELD_ID, .flags = FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct target, id, given[2])},
    {.name = "number",
     .type = FIELD_INT,
     .minimum = -5,
     .maximum = INT32_MAX,
     FIELD_AT_GIVEN(struct target, number, given[3])},
    {.name = "flag", .type = FIELD_BOOL, FIELD_AT_GIVEN(struct target, flag, given[4])},
    {.name = "list",
     .type = FIELD_LIST,
     .flags = FIELD_NULLABLE,
     .maximum = 3,
     FIELD_AT_GIVEN(struct target, list, given[5]),
     .items = &item_model,
     .item_size = sizeof(struct item)},
    {.name = NULL},
};

enum { TEXT_GIVEN = 1, URL_GIVEN = 2, ID_GIVEN = 4, NUMBER_GIVEN = 8, FLAG_GIVEN = 16, LIST_GIVEN = 32 };

static const struct field query_fields[] = {
    {.name = "text", .type = FIELD_TEXT, .minimum = 1, .maximum = 5, FIELD_AT_GIVEN(struct target, text, given[0])},
    {.name = "id", .type = FIELD_ID, FIELD_AT_GIVEN(struct target, id, given[2])},
    {.name = "number",
     .type = FIELD_INT,
     .minimum = -5,
     .maximum = INT32_MAX,
     FIELD_AT_GIVEN(struct target, number, given[3])},
    {.name = "flag", .type = FIELD_BOOL, FIELD_AT_GIVEN(struct target, flag, given[4])},
    {.name = NULL},
};

struct fixture {
    struct arena *arena;
    struct faults faults;
    struct target target;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.arena = arena_open();
    faults_init(&fixture.faults);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_close(fixture->arena);
    faults_release(&fixture->faults);
    return 0;
}

static void release_json(void *object)
{
    json_decref(object);
}

/* Which fields had a value, as bits. */
static size_t given_bits(const struct target *target)
{
    size_t bits = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(target->given); i++)
        bits |= (size_t)target->given[i] << i;
    return bits;
}

static size_t read_json(struct fixture *fixture, const char *text)
{
    json_t *object = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (object == NULL)
        fail_msg("not the JSON the test meant: %s", text);
    arena_defer(fixture->arena, release_json, object);
    faults_reset(&fixture->faults);
    fixture->target = (struct target){.number = 99};
    fields_from_json(fields, object, fixture->arena, LOCATION("body"), &fixture->target, &fixture->faults);
    return given_bits(&fixture->target);
}

static size_t read_query(struct fixture *fixture, const char *text)
{
    struct urlencoded query = urlencoded_parse(fixture->arena, text_of(text));

    faults_reset(&fixture->faults);
    fixture->target = (struct target){.number = 99};
    fields_from_query(query_fields, &query, fixture->arena, &fixture->target, &fixture->faults);
    return given_bits(&fixture->target);
}

static const char *shown_faults(const struct fixture *fixture)
{
    return fixture->faults.count == 0 ? "" : fixture->faults.json.data;
}

static void test_good_object(void **state)
{
    struct fixture *fixture = *state;
    const struct target *target = &fixture->target;
    const struct item *items;
    char id[ID_TEXT_SIZE];
    size_t given = read_json(
        fixture,
        "{\"text\":\"e\\u0301\",\"url\":\"https://a.example/ü\",\"id\":\"0123456789AB7CDE8F0123456789ABCD\","
        "\"number\":-5,\"flag\":true,\"unknown\":[{}],"
        "\"list\":[{\"title\":\"one\",\"url\":\"http://b\"},{\"title\":\"two\",\"url\":\"HTTPS://c\",\"more\":0}]}");

    assert_string_equal(shown_faults(fixture), "");
    assert_int_equal(given, 63);
    assert_text_equal(target->text, "é"); /* NFC */
    assert_text_equal(target->url, "https://a.example/ü");
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

#define TOO_LONG                                                                                                       \
    "{\"type\":\"string_too_long\",\"loc\":[\"body\",\"text\"],\"msg\":\"String should have at most 5 characters\",\"input\":"
#define URL_PARSING(input)                                                                                             \
    "{\"type\":\"url_parsing\",\"loc\":[\"body\",\"url\"],\"msg\":\"Input should be a valid URL\",\"input\":" input    \
    ",\"ctx\":{\"error\":\"not an absolute URL\"}}"
#define URL_SCHEME(input)                                                                                                     \
    "{\"type\":\"url_scheme\",\"loc\":[\"body\",\"url\"],\"msg\":\"URL scheme should be 'http' or 'https'\",\"input\":" input \
    ",\"ctx\":{\"expected_schemes\":\"'http' or 'https'\"}}"
#define UUID_PARSING(start, input)                                                                                        \
    "{\"type\":\"uuid_parsing\",\"loc\":[\"" start                                                                        \
    "\",\"id\"],\"msg\":\"Input should be a valid UUID, 32 hexadecimal digits with or without hyphens\",\"input\":" input \
    ",\"ctx\":{\"error\":\"32 hexadecimal digits expected\"}}"
#define PLAIN(type, start, name, message, input)                                                                       \
    "{\"type\":\"" type "\",\"loc\":[\"" start "\",\"" name "\"],\"msg\":\"" message "\",\"input\":" input "}"
#define INT_PARSING(input)                                                                                             \
    PLAIN("int_parsing", "query", "number", "Input should be a valid integer, unable to parse string as an integer",   \
          input)

struct example {
    const char *input;
    const char *faults; /* "" for a good one */
};

/* One fault each, in Pydantic's words. */
static void test_faults_of_objects(void **state)
{
    static const struct example cases[] = {
        {"{\"text\":\"\"}",
         "{\"type\":\"string_too_short\",\"loc\":[\"body\",\"text\"],\"msg\":\"String should have at least 1 character\",\"input\":\"\",\"ctx\":{\"min_length\":1}}"},
        {"{\"text\":\"123456\"}", TOO_LONG "\"123456\",\"ctx\":{\"max_length\":5}}"},
        {"{\"text\":\"üüüüü\"}", ""},
        {"{\"text\":\"üüüüüü\"}", TOO_LONG "\"üüüüüü\",\"ctx\":{\"max_length\":5}}"},
        {"{\"text\":\"😀😀😀😀😀\"}", ""},
        {"{\"text\":\"e\\u0301e\\u0301e\\u0301\"}", ""}, /* six code points before, three after NFC */
        {"{\"text\":\"a\\u0000b\"}", ""},
        {"{\"text\":\"x\"}",
         "{\"type\":\"value_error\",\"loc\":[\"body\",\"text\"],\"msg\":\"Value error, no \\\"x\\\", please\",\"input\":\"x\",\"ctx\":{\"error\":\"no \\\"x\\\", please\"}}"},
        {"{\"text\":5}", PLAIN("string_type", "body", "text", "Input should be a valid string", "5")},
        {"{\"text\":[]}", PLAIN("string_type", "body", "text", "Input should be a valid string", "[]")},
        {"{\"text\":true}", PLAIN("string_type", "body", "text", "Input should be a valid string", "true")},
        {"{\"number\":\"5\"}", PLAIN("int_type", "body", "number", "Input should be a valid integer", "\"5\"")},
        {"{\"number\":5.0}", PLAIN("int_type", "body", "number", "Input should be a valid integer", "5.0")},
        {"{\"number\":null}", PLAIN("int_type", "body", "number", "Input should be a valid integer", "null")},
        {"{\"number\":true}", PLAIN("int_type", "body", "number", "Input should be a valid integer", "true")},
        {"{\"number\":-6}",
         "{\"type\":\"greater_than_equal\",\"loc\":[\"body\",\"number\"],\"msg\":\"Input should be greater than or equal to -5\",\"input\":-6,\"ctx\":{\"ge\":-5}}"},
        {"{\"number\":2147483648}",
         "{\"type\":\"less_than_equal\",\"loc\":[\"body\",\"number\"],\"msg\":\"Input should be less than or equal to 2147483647\",\"input\":2147483648,\"ctx\":{\"le\":2147483647}}"},
        {"{\"number\":2147483647}", ""},
        {"{\"flag\":1}", PLAIN("bool_type", "body", "flag", "Input should be a valid boolean", "1")},
        {"{\"flag\":null}", PLAIN("bool_type", "body", "flag", "Input should be a valid boolean", "null")},
        {"{\"id\":\"nobody\"}", UUID_PARSING("body", "\"nobody\"")},
        {"{\"id\":\"\"}", UUID_PARSING("body", "\"\"")},
        {"{\"id\":7}", PLAIN("uuid_type", "body", "id", "UUID input should be a string, bytes or UUID object", "7")},
        {"{\"id\":\"00000000-0000-0000-0000-000000000000\"}",
         "{\"type\":\"value_error\",\"loc\":[\"body\",\"id\"],\"msg\":\"Value error, the nil UUID is not an id\",\"input\":\"00000000-0000-0000-0000-000000000000\",\"ctx\":{\"error\":\"the nil UUID is not an id\"}}"},
        {"{\"url\":5}", PLAIN("url_type", "body", "url", "URL input should be a string or URL", "5")},
        {"{\"list\":{}}", PLAIN("list_type", "body", "list", "Input should be a valid list", "{}")},
        {"{\"list\":\"a\"}", PLAIN("list_type", "body", "list", "Input should be a valid list", "\"a\"")},
        {"{\"list\":[0,0,0,0]}",
         "{\"type\":\"too_long\",\"loc\":[\"body\",\"list\"],\"msg\":\"List should have at most 3 items after validation, not 4\",\"input\":[0,0,0,0],\"ctx\":{\"field_type\":\"List\",\"max_length\":3,\"actual_length\":4}}"},
        {"{\"list\":[{\"title\":\"a\",\"url\":\"http://b\"},null]}",
         "{\"type\":\"model_attributes_type\",\"loc\":[\"body\",\"list\",1],\"msg\":\"Input should be a valid dictionary or object to extract fields from\",\"input\":null}"},
        {"{\"list\":[{\"title\":\"a\"}]}",
         "{\"type\":\"missing\",\"loc\":[\"body\",\"list\",0,\"url\"],\"msg\":\"Field required\",\"input\":{\"title\":\"a\"}}"},
        {"{\"list\":[{\"title\":null,\"url\":\"http://b\"}]}",
         "{\"type\":\"string_type\",\"loc\":[\"body\",\"list\",0,\"title\"],\"msg\":\"Input should be a valid string\",\"input\":null}"},
        {"[]",
         "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid dictionary or object to extract fields from\",\"input\":[]}"},
        {"\"{}\"",
         "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid dictionary or object to extract fields from\",\"input\":\"{}\"}"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        size_t given = read_json(fixture, cases[i].input);

        assert_string_equal(shown_faults(fixture), cases[i].faults);
        assert_int_equal(given != 0, cases[i].faults[0] == '\0');
    }
}

static void test_urls(void **state)
{
    static const struct example cases[] = {
        {"{\"url\":\"https://a.example\"}", ""},
        {"{\"url\":\"http://127.0.0.1:8080/x?y=%20\"}", ""},
        {"{\"url\":\"http://[::1]/\"}", ""},
        {"{\"url\":\"https://user@a.example/#f\"}", ""},
        {"{\"url\":\"https://567890123456789012345\"}", ""},
        {"{\"url\":\"https://56789012345678901234üü\"}", ""},
        {"{\"url\":\"https://56789012345678901234üüü\"}",
         "{\"type\":\"url_too_long\",\"loc\":[\"body\",\"url\"],\"msg\":\"URL should have at most 30 characters\",\"input\":\"https://56789012345678901234üüü\",\"ctx\":{\"max_length\":30}}"},
        {"{\"url\":\"\"}", URL_PARSING("\"\"")},
        {"{\"url\":\"a.example\"}", URL_PARSING("\"a.example\"")},
        {"{\"url\":\"/logo.png\"}", URL_PARSING("\"/logo.png\"")},
        {"{\"url\":\"//a.example\"}", URL_PARSING("\"//a.example\"")},
        {"{\"url\":\"https:a.example\"}", URL_PARSING("\"https:a.example\"")},
        {"{\"url\":\"https:/a.example\"}", URL_PARSING("\"https:/a.example\"")},
        {"{\"url\":\"https:///a.example\"}", URL_PARSING("\"https:///a.example\"")},
        {"{\"url\":\"https://\"}", URL_PARSING("\"https://\"")},
        {"{\"url\":\"https://a b\"}", URL_PARSING("\"https://a b\"")},
        {"{\"url\":\" https://a\"}", URL_PARSING("\" https://a\"")},
        {"{\"url\":\"https://a\\n\"}", URL_PARSING("\"https://a\\n\"")},
        {"{\"url\":\"https://a\\u0000.evil\"}", URL_PARSING("\"https://a\\u0000.evil\"")},
        {"{\"url\":\"https://a:99999\"}", URL_PARSING("\"https://a:99999\"")},
        {"{\"url\":\"https://[::1\"}", URL_PARSING("\"https://[::1\"")},
        {"{\"url\":\"ftp://a.example\"}", URL_SCHEME("\"ftp://a.example\"")},
        {"{\"url\":\"javascript://a/%0aalert\"}", URL_SCHEME("\"javascript://a/%0aalert\"")},
        {"{\"url\":\"file:///etc/passwd\"}", URL_SCHEME("\"file:///etc/passwd\"")},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;

        read_json(fixture, cases[i].input);
        assert_string_equal(shown_faults(fixture), cases[i].faults);
    }
}

static void test_all_faults_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    json_t *faults;

    assert_int_equal(read_json(fixture, "{\"text\":1,\"url\":\"x\",\"id\":2,\"number\":\"\",\"flag\":0,"
                                        "\"list\":[{},{\"title\":\"123456\",\"url\":\"\"}]}"),
                     0);
    assert_int_equal(fixture->faults.count, 9);
    assert_int_equal(faults_result(&fixture->faults, &err), -1);
    assert_string_equal(err.message, "The input has 9 faults.");
    faults = json_loads(arena_printf(fixture->arena, "[%s]", fixture->faults.json.data), JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(faults), 9);
    json_decref(faults);
}

/* One bad field does not keep the others from being stored. */
static void test_good_fields_beside_bad_ones(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(read_json(fixture, "{\"text\":\"ok\",\"number\":\"bad\"}"), TEXT_GIVEN);
    assert_text_equal(fixture->target.text, "ok");
    assert_int_equal(fixture->target.number, 99);
}

static void test_faults_of_queries(void **state)
{
    static const struct example cases[] = {
        {"number=5", ""},
        {"number=-5", ""},
        {"number=%2B7", ""},
        {"number=007", ""},
        {"number=2147483647", ""},
        {"number=", INT_PARSING("\"\"")},
        {"number", INT_PARSING("\"\"")},
        {"number=1.5", INT_PARSING("\"1.5\"")},
        {"number=5+", INT_PARSING("\"5 \"")},
        {"number=+5", INT_PARSING("\" 5\"")},
        {"number=0x5", INT_PARSING("\"0x5\"")},
        {"number=5%00", INT_PARSING("\"5\\u0000\"")},
        {"number=-", INT_PARSING("\"-\"")},
        {"number=99999999999999999999999",
         "{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"number\"],\"msg\":\"Input should be less than or equal to 2147483647\",\"input\":\"99999999999999999999999\",\"ctx\":{\"le\":2147483647}}"},
        {"number=-99999999999999999999999",
         "{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"number\"],\"msg\":\"Input should be greater than or equal to -5\",\"input\":\"-99999999999999999999999\",\"ctx\":{\"ge\":-5}}"},
        {"id=x", UUID_PARSING("query", "\"x\"")},
        {"text=%ff", PLAIN("string_unicode", "query", "text",
                           "Input should be a valid string, unable to parse raw data as a unicode string", "null")},
        {"text=123456",
         "{\"type\":\"string_too_long\",\"loc\":[\"query\",\"text\"],\"msg\":\"String should have at most 5 characters\",\"input\":\"123456\",\"ctx\":{\"max_length\":5}}"},
        {"flag=maybe", PLAIN("bool_parsing", "query", "flag",
                             "Input should be a valid boolean, unable to interpret input", "\"maybe\"")},
        {"flag=",
         PLAIN("bool_parsing", "query", "flag", "Input should be a valid boolean, unable to interpret input", "\"\"")},
        {"flag=true%00", PLAIN("bool_parsing", "query", "flag",
                               "Input should be a valid boolean, unable to interpret input", "\"true\\u0000\"")},
        {"unknown=%ff", ""},
        {"number=x&number=5", ""}, /* the last one counts */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;

        read_query(fixture, cases[i].input);
        assert_string_equal(shown_faults(fixture), cases[i].faults);
    }
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
        TEST(test_good_object),
        TEST(test_absent_fields_leave_the_target_alone),
        TEST(test_null),
        TEST(test_empty_list),
        TEST(test_faults_of_objects),
        TEST(test_urls),
        TEST(test_all_faults_at_once),
        TEST(test_good_fields_beside_bad_ones),
        TEST(test_faults_of_queries),
        TEST(test_booleans_of_queries),
    };

    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
