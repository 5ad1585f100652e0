#include "web/body.h"

#include "unit.h"

struct fixture {
    struct arena *arena;
    struct faults faults;
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

static int parse(struct fixture *fixture, struct text body, json_t **out, struct error *err)
{
    faults_reset(&fixture->faults);
    return body_parse(fixture->arena, body, &fixture->faults, out, err);
}

static void test_good(void **state)
{
    static const struct text cases[] = {
        TEXT("{}"),
        TEXT(" \t\r\n{\"name\" : \"Acme\"}\n"),
        TEXT("[]"),
        TEXT("\"text\""),
        TEXT("42"),
        TEXT("-0.5e10"),
        TEXT("\"\\ud83d\\ude00\""),
        TEXT("\"Z\xc3\xbcrich\""),
        TEXT("\"\\u0000\""),
        TEXT("{\"a\":{\"x\":1},\"b\":{\"x\":2}}"), /* the same key in two objects */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct error err = {.kind = ERR_NONE};
        json_t *value = NULL;

        assert_case(parse(fixture, cases[i], &value, &err) == 0, i, cases[i].data);
        assert_non_null(value);
        assert_int_equal(fixture->faults.count, 0);
    }
}

static void test_bad(void **state)
{
    static const struct text cases[] = {
        TEXT(" "),
        TEXT("{"),
        TEXT("{}}"),
        TEXT("{} {}"),
        TEXT("{}\0"),
        TEXT("{}x"),
        TEXT("nul"),
        TEXT("True"),
        TEXT("NaN"),
        TEXT("Infinity"),
        TEXT("01"),
        TEXT("+1"),
        TEXT(".5"),
        TEXT("1e999999x"),
        TEXT("[99999999999999999999999999"),
        TEXT("'a'"),
        TEXT("{a:1}"),
        TEXT("{\"a\":1,}"),
        TEXT("[1,]"),
        TEXT("// comment\n{}"),
        TEXT("{\"a\":1,\"a\":2}"),
        TEXT("{\"a\":1,\"\\u0061\":2}"), /* the same key, written in another way */
        TEXT("\"a\nb\""),
        TEXT("\"a\x01\""),
        TEXT("\"\\x41\""),
        TEXT("\"\\ud83d\""),        /* half a surrogate pair */
        TEXT("\"\\ude00\\ud83d\""), /* the halves in the wrong order */
        TEXT("\"\xff\""),
        TEXT("\"\xc0\x80\""),
        TEXT("\"\xed\xa0\x80\""),
        TEXT("\xef\xbb\xbf{}"), /* a byte order mark */
        TEXT("\xff\xfe{\0}\0"), /* UTF-16 */
        TEXT("{\"a\0b\":1, \"a\0b\":1}"),
        TEXT("{\"\\u0000\":1}"),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct error err;
        json_t *value = NULL;
        json_t *fault;

        assert_case(parse(fixture, cases[i], &value, &err) == -1, i, cases[i].data);
        assert_null(value);
        assert_int_equal(err.kind, ERR_VALIDATION);
        assert_string_equal(err.message, "The input has 1 fault.");
        fault = json_loads(fixture->faults.json.data, JSON_REJECT_DUPLICATES, NULL);
        assert_case(fault != NULL, i, fixture->faults.json.data);
        assert_string_equal(json_string_value(json_object_get(fault, "type")), "json_invalid");
        assert_string_equal(json_string_value(json_array_get(json_object_get(fault, "loc"), 0)), "body");
        assert_true(json_is_integer(json_array_get(json_object_get(fault, "loc"), 1)));
        assert_true(strlen(json_string_value(json_object_get(json_object_get(fault, "ctx"), "error"))) > 0);
        json_decref(fault);
    }
}

static void test_no_body(void **state)
{
    static const struct text nothing[] = {TEXT(""), TEXT("null"), TEXT(" null\n")};
    struct fixture *fixture = *state;
    struct error err;
    json_t *value = NULL;

    for (size_t i = 0; i < ARRAY_LENGTH(nothing); i++) {
        assert_case(parse(fixture, nothing[i], &value, &err) == -1, i, nothing[i].data);
        assert_string_equal(fixture->faults.json.data,
                            "{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}");
    }
}

static void test_position_of_the_fault(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    json_t *value = NULL;

    assert_int_equal(parse(fixture, TEXT("{\"a\": tru}"), &value, &err), -1);
    assert_non_null(strstr(fixture->faults.json.data, "\"loc\":[\"body\",9]"));
}

/* `levels` arrays or objects, each in the other. */
static struct text nested(struct arena *arena, size_t levels, const char *open, const char *inner, const char *close)
{
    struct buf buf;
    struct text text;

    buf_init(&buf, 10000000);
    for (size_t i = 0; i < levels; i++)
        buf_add_string(&buf, open);
    buf_add_string(&buf, inner);
    for (size_t i = 0; i < levels; i++)
        buf_add_string(&buf, close);
    text = (struct text){arena_strndup(arena, buf.data, buf.length), buf.length};
    buf_release(&buf);
    return text;
}

static void test_depth(void **state)
{
    static const struct {
        const char *open, *inner, *close;
    } forms[] = {{"[", "", "]"}, {"{\"a\":", "1", "}"}, {"[1,", "2", "]"}, {"{\"a\":null,\"b\":", "\"x\"", "}"}};

    for (size_t form = 0; form < ARRAY_LENGTH(forms); form++) {
        static const size_t levels[] = {1, 31, 32, 33, 100, 3000, 100000};

        for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
            struct fixture *fixture = *state;
            struct error err;
            json_t *value = NULL;
            struct text body =
                nested(fixture->arena, levels[i], forms[form].open, forms[form].inner, forms[form].close);

            assert_case(parse(fixture, body, &value, &err) == (levels[i] <= BODY_DEPTH_MAXIMUM ? 0 : -1), i,
                        forms[form].open);
            if (levels[i] > BODY_DEPTH_MAXIMUM)
                assert_non_null(strstr(fixture->faults.json.data, "json_invalid"));
        }
    }
}

static void test_sentence_of_ours_is_escaped(void **state)
{
    struct fixture *fixture = *state;

    body_fault(&fixture->faults, 7, "\"quoted\"\n");
    assert_string_equal(fixture->faults.json.data,
                        "{\"type\":\"json_invalid\",\"loc\":[\"body\",7],\"msg\":\"JSON decode error\",\"input\":{},"
                        "\"ctx\":{\"error\":\"\\\"quoted\\\"\\n\"}}");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),    TEST(test_bad),
        TEST(test_no_body), TEST(test_position_of_the_fault),
        TEST(test_depth),   TEST(test_sentence_of_ours_is_escaped),
    };

    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
