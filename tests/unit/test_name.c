#include "domain/name.h"

#include <string.h>
#include <unistr.h>

#include "base/text.h"
#include "unit.h"

static struct text repeat(struct arena *arena, const char *part, size_t count)
{
    size_t length = strlen(part);
    char *out = arena_zalloc(arena, length * count + 1);
    char *end = out;

    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, part);
    return (struct text){out, length * count};
}

static void test_good_names(void **state)
{
    static const char *const names[] = {
        "a", "...", ".a", "R&D/Berlin", "Straße", "👨\xe2\x80\x8d👩", "می\xe2\x80\x8cخواهم", "שלום", "\xee\x80\x80",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        assert_case(name_check(*state, text_of(names[i])) == NULL, i, names[i]);
}

static void test_refused_names(void **state)
{
    static const struct {
        struct text name;
        const char *message;
    } cases[] = {
        {TEXT("."), "more than one or two dots"},
        {TEXT(".."), "more than one or two dots"},
        {TEXT(".\xe2\x80\x8b."), "more than one or two dots"}, /* a zero width space between them */
        {TEXT("\xe2\x80\xa5"), "more than one or two dots"},   /* two dot leader */
        {TEXT("\xe2\x80\x8b"), "can be seen"},
        {TEXT("\xc2\xad\xe3\x85\xa4\xef\xb8\x8f"), "can be seen"},
        {TEXT("a\0b"), "no control characters"},
        /* NOLINTBEGIN(misc-misleading-bidirectional): which is what these are about */
        {TEXT("a\xe2\x80\xae"
              "b"),
         "direction"},
        {TEXT("\xe2\x81\xa6"
              "a"),
         "direction"},
        /* NOLINTEND(misc-misleading-bidirectional) */
        {TEXT("\xcd\xb8"), "Unicode does not know"},
        {TEXT("a\xef\xbf\xbe"), "Unicode does not know"},
        {TEXT(" a"), "white space"},
        {TEXT("a\xe2\x80\x8b\xc2\xa0"), "white space"},
        {TEXT("a \xe2\x80\x8b"), "white space"}, /* the blank is the last that takes room */
        {TEXT("00000000-0000-0000-0000-000000000000"), "UUID"},
        {TEXT("0000000000000000000000000000000Ａ"), "UUID"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct field_complaint *complaint = name_check(*state, cases[i].name);

        assert_case(complaint != NULL && complaint->type == NULL &&
                        strstr(complaint->message, cases[i].message) != NULL,
                    i, cases[i].message);
    }
}

static void test_long_keys(void **state)
{
    const struct field_complaint *complaint;

    assert_null(name_check(*state, repeat(*state, "\xef\xb7\xba", 31))); /* each becomes 33 bytes */
    complaint = name_check(*state, repeat(*state, "\xef\xb7\xba", 32));
    assert_non_null(complaint);
    assert_string_equal(complaint->type, "string_too_long");
    assert_string_equal(complaint->context, "{\"max_length\":1024}");
}

static void test_names_are_counted_as_they_are_stored(void **state)
{
    struct error err = {.kind = ERR_NONE};
    struct name name;

    /* U+FB2C becomes three code points in NFC. */
    assert_int_equal(name_accept(*state, repeat(*state, "\xef\xac\xac", 30), 64, &name, &err), -1);
    assert_int_equal(err.kind, ERR_VALIDATION);
    assert_int_equal(name_accept(*state, repeat(*state, "\xef\xac\xac", 21), 64, &name, &err), 0);
    assert_int_equal(text_length(name.text), 63);
    /* Decomposed, this has twice as many as it will have. */
    assert_int_equal(name_accept(*state, repeat(*state, "E\xcc\x81", 64), 64, &name, &err), 0);
    assert_int_equal(text_length(name.text), 64);
    assert_true(text_equal(name.key, name_key(*state, repeat(*state, "é", 64))));
    assert_int_equal(name_accept(*state, repeat(*state, "E\xcc\x81", 65), 64, &name, &err), -1);
    assert_int_equal(name_accept(*state, TEXT(""), 64, &name, &err), -1);
    assert_int_equal(name_accept(*state, TEXT("\xff"), 64, &name, &err), -1);
    assert_int_equal(name_accept(*state, TEXT(".."), 64, &name, &err), -1);
}

/* So that a key can stand for the name wherever one is asked for. */
static void test_the_key_of_a_key_is_the_same(void **state)
{
    for (unsigned point = 1; point <= 0x10ffff; point++) {
        uint8_t bytes[4];
        int length = u8_uctomb(bytes, point, sizeof(bytes));
        struct text key;

        if (length < 0) /* a surrogate */
            continue;
        key = name_key(*state, (struct text){(const char *)bytes, (size_t)length});
        if (!text_equal(name_key(*state, key), key))
            fail_msg("U+%04X", point);
        arena_reset(*state);
    }
}

static void test_what_is_no_name_has_nobodys_key(void **state)
{
    assert_int_equal(name_key(*state, TEXT("\xff")).length, 0);
    assert_non_null(name_key(*state, TEXT("\xff")).data);
}

/* Ranges */

static int compare(struct text a, struct text b)
{
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool holds(const struct name_range *range, struct text key)
{
    return compare(range->from, key) <= 0 && compare(key, range->end) < 0;
}

/* So what a name begins with can be searched for by its key, wherever it is cut off. */
static void test_what_a_key_begins_with_is_a_key(void **state)
{
    for (unsigned point = 1; point <= 0x10ffff; point++) {
        uint8_t bytes[4];
        int length = u8_uctomb(bytes, point, sizeof(bytes));
        struct text key;

        if (length < 0) /* a surrogate */
            continue;
        key = name_key(*state, (struct text){(const char *)bytes, (size_t)length});
        for (struct text start = {key.data, 0}; start.length < key.length; start.length++) {
            bool is_cut_between = ((uint8_t)key.data[start.length] & 0xc0) != 0x80;

            if (is_cut_between && !text_equal(name_key(*state, start), start))
                fail_msg("U+%04X, cut off behind %zu bytes", point, start.length);
        }
        arena_reset(*state);
    }
}

static void test_a_range_holds_what_begins_so(void **state)
{
    static const struct {
        const char *beginning;
        const char *name;
        bool is_held;
    } cases[] = {
        {"", "a", true},
        {"", "\xf4\x8f\xbf\xbd", true},
        {"ca", "CA", true},
        {"ca", "cafe", true},
        {"ca", "ca\xf4\x8f\xbf\xbd", true},
        {"ca", "c", false},
        {"ca", "cb", false},
        {"cafe", "café", false},
        {"caf", "café", true},
        {"cafe\xcc\x81", "CAFÉS", true},
        {"é", "ê", false},
        {"é", "ébène", true},
        {"stras", "Straße", true},
        {"x", "x\xcc\x81", true},
        {"ca ", "ca", false},
        {"ca ", "ca b", true},
        {".", "..a", true},
        {"\xef\xbf\xbf", "\xf0\x9f\xa6\x93", false},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct name_range range = name_range_of(*state, name_key(*state, text_of(cases[i].beginning)));
        struct text key = name_key(*state, text_of(cases[i].name));

        assert_case(holds(&range, key) == cases[i].is_held, i, cases[i].name);
        assert_true(text_is_utf8(range.from) && text_is_utf8(range.end));
    }
}

static void test_a_range_is_narrowed(void **state)
{
    const struct name_range all = name_range_of(*state, TEXT(""));
    struct name_range range = all;

    name_range_start_behind(*state, &range, TEXT("b"));
    assert_false(holds(&range, TEXT("b")));
    assert_true(holds(&range, TEXT("b\1")) && holds(&range, TEXT("ba")) && holds(&range, TEXT("z")));
    name_range_end_before(&range, TEXT("d"));
    assert_true(holds(&range, TEXT("cz")));
    assert_false(holds(&range, TEXT("d")) || holds(&range, TEXT("da")));
    /* It never grows. */
    name_range_start_behind(*state, &range, TEXT("a"));
    name_range_end_before(&range, TEXT("e"));
    assert_false(holds(&range, TEXT("b")) || holds(&range, TEXT("d")));
    name_range_keep_only(*state, &range, TEXT("c"));
    assert_true(holds(&range, TEXT("c")));
    assert_false(holds(&range, TEXT("ba")) || holds(&range, TEXT("c\1")) || holds(&range, TEXT("ca")));
    name_range_keep_only(*state, &range, TEXT("b"));
    assert_true(compare(range.from, range.end) >= 0);
    range = all;
    name_range_end_before(&range, TEXT(""));
    assert_true(compare(range.from, range.end) >= 0);
    range = all;
    name_range_start_behind(*state, &range, TEXT("\xf4\x8f\xbf\xbf"));
    assert_true(compare(range.from, range.end) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_names),
        cmocka_unit_test(test_refused_names),
        cmocka_unit_test(test_long_keys),
        cmocka_unit_test(test_names_are_counted_as_they_are_stored),
        cmocka_unit_test(test_the_key_of_a_key_is_the_same),
        cmocka_unit_test(test_what_is_no_name_has_nobodys_key),
        cmocka_unit_test(test_what_a_key_begins_with_is_a_key),
        cmocka_unit_test(test_a_range_holds_what_begins_so),
        cmocka_unit_test(test_a_range_is_narrowed),
    };

    return cmocka_run_group_tests_name("name", tests, open_arena, close_arena);
}
