#include "web/urlencoded.h"

#include <stdlib.h>

#include "base/random.h"
#include "base/text.h"
#include "unit.h"

static void test_decode(void **state)
{
    static const struct {
        struct text encoded;
        bool plus_is_blank;
        struct text decoded;
    } cases[] = {
        {TEXT(""), false, TEXT("")},
        {TEXT("plain"), false, TEXT("plain")},
        {TEXT("R%26D%2FBerlin"), false, TEXT("R&D/Berlin")},
        {TEXT("%41%6a%6A"), false, TEXT("Ajj")},
        {TEXT("a+b"), false, TEXT("a+b")},
        {TEXT("a+b%2B"), true, TEXT("a b+")},
        {TEXT("%00"), false, TEXT("\0")},
        {TEXT("Z%C3%BCrich"), false, TEXT("Zürich")},
        {TEXT("%ff%fE"), false, TEXT("\xff\xfe")},
        {TEXT("%2525"), false, TEXT("%25")}, /* once, not twice */
        {TEXT("%"), false, TEXT("%")},
        {TEXT("%%%"), false, TEXT("%%%")},
        {TEXT("%4"), false, TEXT("%4")},
        {TEXT("%4g%g4"), false, TEXT("%4g%g4")},
        {TEXT("%%41"), false, TEXT("%A")},
        {TEXT("100%"), false, TEXT("100%")},
        {TEXT("%+1"), true, TEXT("% 1")},
        {TEXT("%@1%`1%G1%/1%:1"), false, TEXT("%@1%`1%G1%/1%:1")}, /* neighbours of the digits */
        {TEXT("%\x11"
              "1"),
         false,
         TEXT("%\x11"
              "1")}, /* 0x11 | 0x20 is '1' */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct text decoded = urlencoded_decode(*state, cases[i].encoded, cases[i].plus_is_blank);

        assert_case(text_equal(decoded, cases[i].decoded), i, cases[i].encoded.data);
        assert_int_equal(decoded.data[decoded.length], '\0');
    }
}

/* An escape at the very end must not be looked for behind it. */
static void test_decode_stays_inside(void **state)
{
    static const char encoded[] = "%41%4";

    for (size_t length = 0; length < sizeof(encoded); length++) {
        char *exact = malloc(length + (length == 0));

        memcpy(exact, encoded, length);
        urlencoded_decode(*state, (struct text){exact, length}, true);
        free(exact);
    }
    assert_text_equal(urlencoded_decode(*state, (struct text){"%4141", 2}, false), "%4");
}

static void test_parse(void **state)
{
    static const struct {
        const char *query;
        const char *pairs; /* name=value; for each */
    } cases[] = {
        {"", ""},
        {"a=1", "a=1;"},
        {"a=1&b=2&a=3", "a=1;b=2;a=3;"},
        {"a", "a=;"},
        {"a=", "a=;"},
        {"=1", "=1;"},
        {"=", "=;"},
        {"a=b=c", "a=b=c;"},
        {"&&a=1&&", "a=1;"},
        {"&", ""},
        {"n%61me=va%26lue+x", "name=va&lue x;"},
        {"a%3Db=c", "a=b=c;"},
        {"a;b=c", "a;b=c;"}, /* a semicolon does not separate */
    };
    struct buf shown;

    buf_init(&shown, 1000);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct urlencoded params = urlencoded_parse(*state, text_of(cases[i].query));

        buf_reset(&shown, SIZE_MAX);
        buf_add_string(&shown, "");
        for (size_t at = 0; at < params.count; at++)
            buf_printf(&shown, "%s=%s;", params.pairs[at].name.data, params.pairs[at].value.data);
        assert_string_equal(shown.data, cases[i].pairs);
    }
    buf_release(&shown);
}

/* Empty pairs are none. */
static void test_pairs_up_to_the_maximum(void **state)
{
    for (int count = URLENCODED_PAIRS_MAX - 1; count <= URLENCODED_PAIRS_MAX + 1; count++) {
        struct urlencoded params;
        struct buf query;

        buf_init(&query, 100000);
        for (int i = 0; i < count; i++)
            buf_printf(&query, "&k%d=%d&", i, i);
        params = urlencoded_parse(*state, (struct text){query.data, query.length});
        assert_int_equal(params.has_too_many, count > URLENCODED_PAIRS_MAX);
        assert_int_equal(params.count, params.has_too_many ? URLENCODED_PAIRS_MAX : count);
        assert_text_equal(urlencoded_find(&params, "k98", NULL), "98");
        buf_release(&query);
    }
}

/* Shows: V5.1.1. */
static void test_find(void **state)
{
    struct urlencoded params = urlencoded_parse(*state, TEXT("a=1&b=&A=2&a=3&ab=4&n%00=5"));
    struct urlencoded none = urlencoded_parse(*state, TEXT(""));
    size_t count = 99;

    assert_text_equal(urlencoded_find(&params, "a", &count), "3"); /* the last one counts */
    assert_int_equal(count, 2);
    assert_text_equal(urlencoded_find(&params, "A", &count), "2");
    assert_int_equal(count, 1);
    assert_text_equal(urlencoded_find(&params, "b", NULL), "");
    assert_null(urlencoded_find(&params, "c", &count).data);
    assert_int_equal(count, 0);
    assert_null(urlencoded_find(&params, "n", NULL).data); /* a NUL is part of the name */
    assert_null(urlencoded_find(&none, "a", NULL).data);
}

static void test_encode(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    urlencoded_add(&out, TEXT("AZaz09-._~"));
    assert_string_equal(out.data, "AZaz09-._~");
    buf_reset(&out, SIZE_MAX);
    urlencoded_add(&out, TEXT("a b+c/d?e#%&=:@\0\x7fü"));
    assert_string_equal(out.data, "a%20b%2Bc%2Fd%3Fe%23%25%26%3D%3A%40%00%7F%C3%BC");
    buf_release(&out);
}

static void test_decode_reads_what_encode_wrote(void **state)
{
    struct buf out;

    buf_init(&out, 1000);
    for (int i = 0; i < 2000; i++) {
        char bytes[200];
        struct text text = {bytes, (size_t)i % sizeof(bytes)};

        random_fill(bytes, sizeof(bytes));
        buf_reset(&out, SIZE_MAX);
        urlencoded_add(&out, text);
        assert_true(text_equal(urlencoded_decode(*state, (struct text){out.data, out.length}, i % 2 == 0), text));
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_stays_inside),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_pairs_up_to_the_maximum),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode_reads_what_encode_wrote),
    };

    return cmocka_run_group_tests_name("urlencoded", tests, open_arena, close_arena);
}
