#include "base/jsonw.h"

#include <jansson.h>
#include <unistr.h>

#include "unit.h"

static void test_texts(void **state)
{
    static const struct {
        struct text text;
        const char *json;
    } cases[] = {
        {{NULL, 0}, "null"},
        {TEXT(""), "\"\""},
        {TEXT("plain"), "\"plain\""},
        {TEXT("\"\\"), "\"\\\"\\\\\""},
        {TEXT("a\nb\rc\td"), "\"a\\nb\\rc\\td\""},
        {TEXT("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\""},
        {TEXT("/</script>"), "\"/</script>\""},
        {TEXT("Zürich 😀"), "\"Zürich 😀\""},
    };
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(&buf, SIZE_MAX);
        jsonw_text(&buf, cases[i].text);
        assert_string_equal(buf.data, cases[i].json);
    }
    buf_release(&buf);
}

/* Shows: V5.2.6, V5.3.3. */
static void test_strings(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    jsonw_string(&buf, NULL);
    jsonw_string(&buf, "");
    jsonw_string(&buf, "\x1b[31m");
    assert_string_equal(buf.data, "null\"\"\"\\u001b[31m\"");
    buf_release(&buf);
}

/* Whatever is written, a JSON parser reads back, for every code point there is. */
static void test_every_code_point_comes_back(void **state)
{
    static uint8_t bytes[4 * 4096];
    struct buf buf;

    (void)state;
    buf_init(&buf, sizeof(bytes) * 6 + 2);
    for (ucs4_t first = 0; first <= 0x10ffff; first += 4096) {
        struct text text = {(const char *)bytes, 0};
        json_t *back;

        for (ucs4_t c = first; c < first + 4096; c++)
            if (c < 0xd800 || c > 0xdfff)
                text.length += (size_t)u8_uctomb(bytes + text.length, c, 4);
        buf_reset(&buf, SIZE_MAX);
        jsonw_text(&buf, text);
        back = json_loadb(buf.data, buf.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(back);
        assert_int_equal(json_string_length(back), text.length);
        assert_memory_equal(json_string_value(back), text.data, text.length);
        json_decref(back);
    }
    buf_release(&buf);
}

static void test_keys_and_commas(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    buf_add_char(&buf, '{');
    jsonw_key(&buf, "a");
    buf_add_char(&buf, '{');
    jsonw_key(&buf, "b");
    jsonw_string(&buf, "{");
    jsonw_key(&buf, "c");
    buf_add_int(&buf, 1);
    buf_add_literal(&buf, "}");
    jsonw_key(&buf, "d");
    jsonw_string(&buf, "[");
    buf_add_literal(&buf, "}");
    assert_string_equal(buf.data, "{\"a\":{\"b\":\"{\",\"c\":1},\"d\":\"[\"}");
    buf_release(&buf);
}

/* A text that does not fit leaves the buffer marked, whatever part of it came last. */
static void test_overflow_at_every_length(void **state)
{
    struct text text = TEXT("ab\"c\n\x01");
    const size_t length = strlen("\"ab\\\"c\\n\\u0001\"");

    (void)state;
    for (size_t maximum = 0; maximum <= length + 1; maximum++) {
        struct buf buf;

        buf_init(&buf, maximum);
        jsonw_text(&buf, text);
        assert_int_equal(buf.overflowed, maximum < length);
        assert_true(buf.length <= maximum);
        buf_release(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_every_code_point_comes_back),
        cmocka_unit_test(test_keys_and_commas),
        cmocka_unit_test(test_overflow_at_every_length),
    };

    return cmocka_run_group_tests_name("jsonw", tests, NULL, NULL);
}
