#include "base/jsonr.h"

#include <string.h>

#include "base/text.h"
#include "unit.h"

static json_t *parse(const char *text)
{
    return jsonr_parse(text_of(text), JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* What jansson would make of it, or NULL where it is refused. */
static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9.2233720368547758e18"},
        {"-9223372036854775809", "-9.2233720368547758e18"},
        {"[18446744073709551616,1]", "[1.8446744073709551e19,1]"},
        {"{\"a\":123456789012345678901234567890,\"b\":[5]}", "{\"a\":1.2345678901234567e29,\"b\":[5]}"},
        {"1e308", "1e308"},
        {"1e309", "9e307"},
        {"-1e309", "-9e307"},
        {"1E+400", "9e307"},
        {"-1.5e999999999999999999", "-9e307"},
        {"1e-999", "0.0"},
        {"\"99999999999999999999\"", "\"99999999999999999999\""},
        {"[\"a\\\"99999999999999999999\",99999999999999999999]",
         "[\"a\\\"99999999999999999999\",9.9999999999999999e19]"},
        {"[\"\\\\\",99999999999999999999,\"99999999999999999999 \\u0000\"]",
         "[\"\\\\\",9.9999999999999999e19,\"99999999999999999999 \\u0000\"]"},
        {"[099999999999999999999]", NULL},
        {"[99999999999999999999", NULL},
        {"[99999999999999999999]x", NULL},
        {"[99999999999999999999,+1]", NULL},
        {"[99999999999999999999,1e]", NULL},
        {"[99999999999999999999,\"open]", NULL},
        {"[99999999999999999999,\"open\\", NULL},
        {"{\"a\":99999999999999999999,\"a\":1}", NULL},
        {"99999999999999999999.e", NULL},
        {"[1.e999]", NULL},
        {"[1e999+++]", NULL},
        {"[01e999]", NULL},
        {"[-e999]", NULL},
        {"[1.5.5e999]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *value = parse(cases[i].text);
        json_t *expected = cases[i].value == NULL ? NULL : parse(cases[i].value);

        assert_case((value == NULL) == (expected == NULL), i, cases[i].text);
        assert_case(value == NULL || json_equal(value, expected), i, cases[i].text);
        json_decref(value);
        json_decref(expected);
    }
}

static void test_long_integers(void **state)
{
    char text[2000];

    (void)state;
    for (size_t digits = 19; digits < sizeof(text) - 1; digits++) {
        json_t *value;

        memset(text, '9', digits);
        text[digits] = '\0';
        value = parse(text);
        assert_case(json_is_real(value), digits, "a real");
        json_decref(value);
    }
}

/* A fault behind such a number is where the client looks for it. */
static void test_positions_stay(void **state)
{
    json_error_t error;

    (void)state;
    assert_null(jsonr_parse(TEXT("[99999999999999999999,x]"), 0, &error));
    assert_int_equal(error.position, 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_integers),
        cmocka_unit_test(test_positions_stay),
    };

    return cmocka_run_group_tests_name("jsonr", tests, NULL, NULL);
}
