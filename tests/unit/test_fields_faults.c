#include "fields_fixture.h"

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

#define LITERAL(name, expected, input)                                                                                 \
    "{\"type\":\"literal_error\",\"loc\":[\"query\",\"" name "\"],\"msg\":\"Input should be " expected                 \
    "\",\"input\":" input ",\"ctx\":{\"expected\":\"" expected "\"}}"
#define CHOICE(input) LITERAL("choice", "'one', '-two' or 'three'", input)

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
        {"{\"text\":\"y\"}",
         "{\"type\":\"string_too_long\",\"loc\":[\"body\",\"text\"],\"msg\":\"No y either\",\"input\":\"y\",\"ctx\":{\"max_length\":2}}"},
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
        {"{\"url\":\"https://a.example/?a@b:c#f\"}", ""},
        {"{\"url\":\"https://567890123456789012345\"}", ""},
        {"{\"url\":\"https://a/78901234567890123%20\"}", ""},
        {"{\"url\":\"https://567890123456789012345678\"}",
         "{\"type\":\"url_too_long\",\"loc\":[\"body\",\"url\"],\"msg\":\"URL should have at most 30 characters\",\"input\":\"https://567890123456789012345678\",\"ctx\":{\"max_length\":30}}"},
        {"{\"url\":\"\"}", URL_PARSING("\"\"")},
        {"{\"url\":\"https://u@a\"}",
         "{\"type\":\"url_parsing\",\"loc\":[\"body\",\"url\"],\"msg\":\"Input should be a valid URL, without a user name or password\",\"input\":\"https://u@a\",\"ctx\":{\"error\":\"user information is not allowed\"}}"},
        {"{\"url\":\"https://a/<\"}",
         "{\"type\":\"url_parsing\",\"loc\":[\"body\",\"url\"],\"msg\":\"Input should be a valid URL, percent-encoded where RFC 3986 demands it\",\"input\":\"https://a/<\",\"ctx\":{\"error\":\"invalid character\"}}"},
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
        {"choice=one", ""},
        {"choice=-two", ""},
        {"choice=three", ""},
        {"choice=", CHOICE("\"\"")},
        {"choice=two", CHOICE("\"two\"")},
        {"choice=One", CHOICE("\"One\"")},
        {"choice=ones", CHOICE("\"ones\"")},
        {"choice=on", CHOICE("\"on\"")},
        {"choice=one%00", CHOICE("\"one\\u0000\"")},
        {"only=one", ""},
        {"only=1", LITERAL("only", "'one'", "\"1\"")},
        {"unknown=%ff", ""},
        {"number=x&number=5", ""}, /* the last one counts */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;

        read_query(fixture, cases[i].input);
        assert_string_equal(shown_faults(fixture), cases[i].faults);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_faults_of_objects),
        TEST(test_urls),
        TEST(test_all_faults_at_once),
        TEST(test_faults_of_queries),
    };

    return cmocka_run_group_tests_name("fields_faults", tests, NULL, NULL);
}
