#include "base/jcs.h"

#include "unit.h"

static void check(const char *json, const char *canonical)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    struct buf buf;

    assert_non_null(value);
    buf_init(&buf, 1000);
    jcs_value(&buf, value);
    assert_string_equal(buf.data, canonical);
    buf_release(&buf);
    json_decref(value);
}

/* RFC 8785, 3.2.2.2 and 3.2.3, whose example this is, without its real numbers. */
static void test_values(void **state)
{
    (void)state;
    check(" [56, {\"d\": true, \"10\": null, \"1\": [ ]}] ", "[56,{\"1\":[],\"10\":null,\"d\":true}]");
    check("\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"", "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    check("\"\\b\\f\\t\\r\\u007f\"", "\"\\b\\f\\t\\r\x7f\"");
    check("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}",
          "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
    check("{\"a\":1,\"\":2,\"aa\":3}", "{\"\":2,\"a\":1,\"aa\":3}");
}

static void test_null_text(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    jcs_text(&buf, (struct text){NULL, 0});
    assert_string_equal(buf.data, "null");
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_null_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
