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

/* RFC 8785, 3.2.2.2 and 3.2.3, whose example this is, without its numbers. */
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

static void check_bits(uint64_t bits, const char *canonical)
{
    double number;
    json_t *value;
    struct buf buf;

    memcpy(&number, &bits, sizeof(number));
    value = json_real(number);
    buf_init(&buf, 100);
    jcs_value(&buf, value);
    assert_string_equal(buf.data, canonical);
    buf_release(&buf);
    json_decref(value);
}

/* RFC 8785, appendix B, and the example of 3.2.2 */
static void test_numbers(void **state)
{
    (void)state;
    check_bits(0x0000000000000000, "0");
    check_bits(0x8000000000000000, "0");
    check_bits(0x0000000000000001, "5e-324");
    check_bits(0x8000000000000001, "-5e-324");
    check_bits(0x7fefffffffffffff, "1.7976931348623157e+308");
    check_bits(0xffefffffffffffff, "-1.7976931348623157e+308");
    check_bits(0x4340000000000000, "9007199254740992");
    check_bits(0xc340000000000000, "-9007199254740992");
    check_bits(0x4430000000000000, "295147905179352830000");
    check_bits(0x44b52d02c7e14af5, "9.999999999999997e+22");
    check_bits(0x44b52d02c7e14af6, "1e+23");
    check_bits(0x44b52d02c7e14af7, "1.0000000000000001e+23");
    check_bits(0x444b1ae4d6e2ef4e, "999999999999999700000");
    check_bits(0x444b1ae4d6e2ef4f, "999999999999999900000");
    check_bits(0x444b1ae4d6e2ef50, "1e+21");
    check_bits(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7");
    check_bits(0x3eb0c6f7a0b5ed8d, "0.000001");
    check_bits(0x41b3de4355555553, "333333333.3333332");
    check_bits(0x41b3de4355555554, "333333333.33333325");
    check_bits(0x41b3de4355555555, "333333333.3333333");
    check_bits(0x41b3de4355555556, "333333333.3333334");
    check_bits(0x41b3de4355555557, "333333333.33333343");
    check_bits(0xbecbf647612f3696, "-0.0000033333333333333333");
    check_bits(0x43143ff3c1cb0959, "1424953923781206.2");
    check_bits(0x3d30000000000000, "5.684341886080802e-14"); /* 2 to the power of -44: doubles are closer below it */
    check("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]",
          "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
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
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_null_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
