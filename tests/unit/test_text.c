#include "base/text.h"

#include <unistr.h>

#include "unit.h"

static void test_utf8(void **state)
{
    static const struct {
        struct text text;
        bool is_good;
    } cases[] = {
        {TEXT(""), true},
        {TEXT("ascii\0with NUL"), true},
        {TEXT("\xc2\x80"), true},         /* U+0080, the first of two bytes */
        {TEXT("\xdf\xbf"), true},         /* U+07FF */
        {TEXT("\xe0\xa0\x80"), true},     /* U+0800 */
        {TEXT("\xed\x9f\xbf"), true},     /* U+D7FF */
        {TEXT("\xee\x80\x80"), true},     /* U+E000 */
        {TEXT("\xef\xbf\xbf"), true},     /* U+FFFF, a noncharacter but well-formed */
        {TEXT("\xf0\x90\x80\x80"), true}, /* U+10000 */
        {TEXT("\xf4\x8f\xbf\xbf"), true}, /* U+10FFFF */
        {TEXT("\x80"), false},            /* continuation alone */
        {TEXT("a\xbf"), false},
        {TEXT("\xc0\x80"), false},     /* overlong NUL */
        {TEXT("\xc1\xbf"), false},     /* overlong DEL */
        {TEXT("\xe0\x80\xaf"), false}, /* overlong slash */
        {TEXT("\xe0\x9f\xbf"), false},
        {TEXT("\xf0\x8f\xbf\xbf"), false},
        {TEXT("\xed\xa0\x80"), false}, /* surrogate */
        {TEXT("\xed\xbf\xbf"), false},
        {TEXT("\xf4\x90\x80\x80"), false}, /* U+110000 */
        {TEXT("\xf5\x80\x80\x80"), false},
        {TEXT("\xff"), false},
        {TEXT("\xc3"), false}, /* cut short */
        {TEXT("\xe2\x82"), false},
        {TEXT("\xf0\x9f\x98"), false},
        {TEXT("\xe2\x82"
              "a"),
         false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(text_is_utf8(cases[i].text) == cases[i].is_good, i, "text_is_utf8");
}

static void test_length_counts_code_points(void **state)
{
    static const struct {
        struct text text;
        size_t length;
    } cases[] = {
        {TEXT(""), 0},  {TEXT("abc"), 3},       {TEXT("a\0b"), 3},
        {TEXT("ü"), 1}, {TEXT("u\xcc\x88"), 2},                                  /* u and a combining diaeresis */
        {TEXT("€"), 1}, {TEXT("😀😀"), 2},        {TEXT("👨‍👩‍👧"), 5}, /* one picture, five code points */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(text_length(cases[i].text), cases[i].length);
}

static void test_control_characters(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x300; c++) {
        uint8_t bytes[8] = {'a'};
        int length = u8_uctomb(bytes + 1, c, 4);
        bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);

        bytes[length + 1] = 'z';
        assert_case(text_has_control((struct text){(char *)bytes, (size_t)length + 2}) == is_control, c,
                    "text_has_control");
    }
    assert_false(text_has_control(TEXT("")));
    assert_false(text_has_control(TEXT("line\xe2\x80\xa8separator"))); /* U+2028 is Zl */
    assert_false(text_has_control(TEXT("\xef\xbb\xbf")));              /* U+FEFF is Cf */
}

static void test_c1_controls_are_blanked(void **state)
{
    char text[] = "a\xc2\x80 \xc2\x9b"
                  "31m \xc2\xa0 \xc3\x9b \xc2\x9f";

    (void)state;
    text_blank_c1(text, '?');
    assert_string_equal(text, "a?? ??31m \xc2\xa0 \xc3\x9b ??");
    text[1] = '\xc2';
    text[2] = '\0';
    text_blank_c1(text, '?');
    assert_string_equal(text, "a\xc2");
}

static void test_width_is_what_a_terminal_shows(void **state)
{
    (void)state;
    assert_int_equal(text_width(TEXT("")), 0);
    assert_int_equal(text_width(TEXT("name")), 4);
    assert_int_equal(text_width(TEXT("\xe6\xbc\xa2\xe5\xad\x97")), 4); /* two CJK ideographs */
    assert_int_equal(text_width(TEXT("e\xcc\x81")), 1);                /* U+0301 combines */
    assert_int_equal(text_width(TEXT("\xef\xbd\x81")), 2);             /* a full-width a */
}

static void test_what_terminals_act_on_is_replaced(void **state)
{
    /* ESC, CSI (U+009B), U+202E, U+2028 */
    static const char bytes[] = {'a',        0x1b,       '[',        (char)0xc2, (char)0x9b, (char)0xe2,
                                 (char)0x80, (char)0xae, (char)0xe2, (char)0x80, (char)0xa8, 'z'};
    const struct text hidden = {bytes, sizeof(bytes)};

    (void)state;
    assert_string_equal(text_printable(*state, hidden), "a [ \xef\xbf\xbd\xef\xbf\xbdz");
    assert_string_equal(text_printable(*state, TEXT("\xff\xff")), "\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(text_printable(*state, TEXT("")), "");
    assert_string_equal(text_escape_json(*state, hidden), "a\\u001b[\\u009b\\u202e\\u2028z");
    assert_string_equal(text_escape_json(*state, TEXT("\"plain\"")), "\"plain\"");
}

static void test_outer_space(void **state)
{
    /* All of the property White_Space (PropList.txt). */
    static const ucs4_t spaces[] = {0x09,   0x0a,   0x0b,   0x0c,   0x0d,   0x20,   0x85,   0xa0,   0x1680,
                                    0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                                    0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    static const ucs4_t others[] = {0x00, 'a', 0x180e, 0x200b, 0x2060, 0xfeff, 0x1f600};
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(spaces); i++) {
        size_t length = (size_t)u8_uctomb(bytes + 1, spaces[i], 8);

        bytes[0] = 'x';
        bytes[length + 1] = 'x';
        assert_case(text_has_outer_space((struct text){(char *)bytes + 1, length}), i, "alone");
        assert_case(text_has_outer_space((struct text){(char *)bytes, length + 1}), i, "at the end");
        assert_case(text_has_outer_space((struct text){(char *)bytes + 1, length + 1}), i, "at the start");
        assert_case(!text_has_outer_space((struct text){(char *)bytes, length + 2}), i, "inside");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        size_t length = (size_t)u8_uctomb(bytes, others[i], 8);

        assert_case(!text_has_outer_space((struct text){(char *)bytes, length}), i, "no space");
    }
    assert_false(text_has_outer_space(TEXT("")));
}

static void test_trim(void **state)
{
    static const struct {
        struct text text;
        const char *expected; /* NULL: nothing is left */
    } cases[] = {
        {TEXT("x"), "x"},
        {TEXT(" a b\r\n"), "a b"},
        {TEXT("\xc2\xa0key\xe2\x80\xa8"), "key"},     /* U+00A0, U+2028 */
        {TEXT("\xef\xbb\xbfkey\xe2\x80\x8b"), "key"}, /* U+FEFF, U+200B */
        {TEXT("\xff \xff "), "\xff \xff"},            /* malformed */
        {TEXT(""), NULL},
        {TEXT(" \t\n"), NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct text trimmed = text_trim(cases[i].text);

        if (cases[i].expected == NULL)
            assert_case(trimmed.data == NULL && trimmed.length == 0, i, "nothing");
        else
            assert_case(text_equal(trimmed, text_of(cases[i].expected)), i, cases[i].expected);
    }
    assert_null(text_trim((struct text){NULL, 0}).data);
}

static void test_nfc(void **state)
{
    static const struct {
        struct text text;
        const char *nfc;
    } cases[] = {
        {TEXT(""), ""},
        {TEXT("ASCII"), "ASCII"},
        {TEXT("e\xcc\x81"), "é"},
        {TEXT("é"), "é"},
        {TEXT("\xe2\x84\xab"), "Å"},                          /* the Angstrom sign */
        {TEXT("a\xcc\xa3\xcc\x82"), "ậ"},                     /* dot below, then circumflex */
        {TEXT("a\xcc\x82\xcc\xa3"), "ậ"},                     /* the other way round */
        {TEXT("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), "한"}, /* Hangul */
        {TEXT("\xe0\xa5\x98"), "\xe0\xa4\x95\xe0\xa4\xbc"},   /* a composition exclusion */
        {TEXT("ﬁ"), "ﬁ"},                                     /* compatibility forms stay */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_text_equal(text_nfc(*state, cases[i].text), cases[i].nfc);
}

static void test_key(void **state)
{
    static const struct {
        struct text a;
        struct text b;
        bool same;
    } cases[] = {
        {TEXT("Acme"), TEXT("aCME"), true},
        {TEXT("STRASSE"), TEXT("Straße"), true},
        {TEXT("STRAẞE"), TEXT("Straße"), true},
        {TEXT("ΟΔΥΣΣΕΥΣ"), TEXT("οδυσσευς"), true}, /* final sigma */
        {TEXT("ﬁsh"), TEXT("FISH"), true},
        {TEXT("Ａｃｍｅ"), TEXT("acme"), true}, /* of full width */
        {TEXT("x²"), TEXT("x2"), true},
        {TEXT("Ac\xe2\x80\x8bme"), TEXT("acme"), true}, /* a zero width space */
        {TEXT("ac\xc2\xadme"), TEXT("acme"), true},     /* a soft hyphen */
        {TEXT("ac\xef\xb8\x8fme"), TEXT("acme"), true}, /* a variation selector */
        {TEXT("\xe3\x85\xa4"
              "acme"),
         TEXT("acme"), true},                             /* the Hangul filler, which NFKC maps to another */
        {TEXT("e\xe2\x80\x8d\xcc\x81"), TEXT("é"), true}, /* what was between the two is gone */
        {TEXT("\xe2\x80\xa4"), TEXT("."), true},          /* one dot leader */
        {TEXT("\xe2\x80\x8b"), TEXT(""), true},
        {TEXT("\xe2\x84\xaa"), TEXT("k"), true}, /* the Kelvin sign */
        {TEXT("É"), TEXT("e\xcc\x81"), true},
        {TEXT("Ω"), TEXT("\xe2\x84\xa6"), true}, /* the Ohm sign */
        {TEXT("ǅ"), TEXT("ǆ"), true},
        {TEXT("Ā\xcc\xa3"), TEXT("a\xcc\xa3\xcc\x84"), true},
        {TEXT("ᾴ"), TEXT("\xce\x91\xcd\x85\xcc\x81"), true}, /* marks in either order */
        {TEXT("é"), TEXT("e"), false},                       /* accents count */
        {TEXT("I"), TEXT("ı"), false},                       /* no Turkish rules */
        {TEXT("İ"), TEXT("i"), false},
        {TEXT("a b"), TEXT("a  b"), false},
        {TEXT("R&D"), TEXT("RD"), false},
        {TEXT("A\0"), TEXT("a"), false},
        {TEXT(""), TEXT(""), true},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(text_equal(text_key(*state, cases[i].a), text_key(*state, cases[i].b)) == cases[i].same, i,
                    "text_key");
}

/* The key of a key is the key itself: otherwise two spellings of a name could still differ. */
static void test_key_of_key_for_every_code_point(void **state)
{
    for (ucs4_t c = 0; c <= 0x10ffff; c++) {
        uint8_t bytes[4];
        struct text key;

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        key = text_key(*state, (struct text){(char *)bytes, (size_t)u8_uctomb(bytes, c, 4)});
        assert_case(text_equal(text_key(*state, key), key), c, "key of key");
        if (c % 1024 == 0)
            arena_reset(*state);
    }
}

static void test_unassigned_and_bidi(void **state)
{
    (void)state;
    assert_true(text_has_unassigned(TEXT("a\xcd\xb8")));        /* U+0378 */
    assert_true(text_has_unassigned(TEXT("\xef\xbf\xbf")));     /* U+FFFF, a noncharacter */
    assert_false(text_has_unassigned(TEXT("aé\xee\x80\x80😀"))); /* for private use is assigned */
    for (ucs4_t c = 0x2000; c <= 0x2070; c++) {
        bool is_control = (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        uint8_t bytes[4] = {0};

        assert_case(text_has_bidi_control((struct text){(char *)bytes, (size_t)u8_uctomb(bytes, c, 4)}) == is_control,
                    c, "bidirectional control");
    }
    assert_true(text_has_bidi_control(TEXT("\xd8\x9c"))); /* U+061C */
    assert_false(text_has_bidi_control(TEXT("שלום")));
}

static void test_text_of_and_equal(void **state)
{
    (void)state;
    assert_null(text_of(NULL).data);
    assert_int_equal(text_of(NULL).length, 0);
    assert_text_equal(text_of("four"), "four");
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_false(text_equal(TEXT("a"), TEXT("ab")));
    assert_true(text_equal(text_of(NULL), TEXT("")));
    assert_true(text_is_same(TEXT("a"), TEXT("a")) && text_is_same(TEXT(""), TEXT("")));
    assert_true(text_is_same(text_of(NULL), text_of(NULL)));
    assert_false(text_is_same(text_of(NULL), TEXT("")) || text_is_same(TEXT(""), text_of(NULL)));
    assert_false(text_is_same(TEXT("a"), TEXT("b")));
}

static void test_words_of_a_list(void **state)
{
    static const struct {
        const char *list;
        const char *word;
        bool is_there;
    } cases[] = {
        {"", "https://a.example", false},
        {"", "", false},
        {"https://a.example", "", false},
        {"https://a.example", " ", false},
        {"https://a.example", "https://a.example", true},
        {"https://a.example", "https://a.exampl", false},
        {"https://a.example", "https://a.example.evil", false},
        {"https://a.example.good", "https://a.example", false},
        {"https://a.example:8443", "https://a.example", false},
        {"https://a.example:8443", "https://a.example:8443", true},
        {"https://a.example https://b.example", "https://b.example", true},
        {"https://a.example  https://b.example ", "https://b.example", true},
        {"https://a.example https://b.example", "https://a.example https://b.example", false},
        {"https://xhttps://a.example", "https://a.example", false},
        {"https://a.example.org https://a.example", "https://a.example", true},
        {"https://a.example", "null", false},
        {"https://a.example", "*", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(text_has_word(cases[i].list, cases[i].word) == cases[i].is_there, i, cases[i].word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_length_counts_code_points),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_c1_controls_are_blanked),
        cmocka_unit_test(test_width_is_what_a_terminal_shows),
        cmocka_unit_test(test_what_terminals_act_on_is_replaced),
        cmocka_unit_test(test_outer_space),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_nfc),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_key_of_key_for_every_code_point),
        cmocka_unit_test(test_unassigned_and_bidi),
        cmocka_unit_test(test_text_of_and_equal),
        cmocka_unit_test(test_words_of_a_list),
    };

    return cmocka_run_group_tests_name("text", tests, open_arena, close_arena);
}
