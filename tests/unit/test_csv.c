#include "base/csv.h"

#include <stdio.h>

#include "base/text.h"
#include "unit.h"

/* Writes all records in one line: fields in brackets, records with their line numbers, faults as "!". */
static const char *read_all(struct arena *arena, const char *bytes, size_t length)
{
    struct csv csv = {.text = {bytes, length}};
    struct csv_record record;
    const char *out = "";

    while (csv_next(&csv, arena, &record)) {
        out = arena_printf(arena, "%s%zu", out, record.line);
        for (size_t i = 0; record.fault == NULL && i < record.count; i++)
            out = arena_printf(arena, "%s[%.*s]", out, (int)record.fields[i].length, record.fields[i].data);
        if (record.fault != NULL)
            out = arena_printf(arena, "%s!", out);
    }
    return out;
}

static void test_records(void **state)
{
    static const struct {
        const char *text;
        const char *read;
    } cases[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"a", "1[a]"},
        {"a,b\r\nc,d\r\n", "1[a][b]2[c][d]"},
        {"a,b\nc,d", "1[a][b]2[c][d]"},
        {",", "1[][]"},
        {"a,\n", "1[a][]"},
        {"\xef\xbb\xbf"
         "a\n",
         "1[a]"},
        {"\"a\"", "1[a]"},
        {"\"\"", "1[]"},
        {"\"a,b\",c", "1[a,b][c]"},
        {"\"a\"\"b\"", "1[a\"b]"},
        {"\"\"\"\"", "1[\"]"},
        {"\"a\r\nb\"\nc", "1[a\r\nb]3[c]"},
        {"a\n\nb", "1[a]3[b]"},
        {" a , b ", "1[ a ][ b ]"},
        {"a\"b\nc", "1!2[c]"},
        {"\"a\"b\nc", "1!2[c]"},
        {"\"a\nb", "1!2[b]"},
        {"\"", "1!"},
        {"a\rb\nc", "1!2[c]"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(read_all(*state, cases[i].text, strlen(cases[i].text)), cases[i].read);
}

static void test_too_many_fields(void **state)
{
    char text[2 * CSV_FIELDS_MAX + 4];

    memset(text, ',', sizeof(text));
    text[CSV_FIELDS_MAX - 1] = '\n';
    text[CSV_FIELDS_MAX] = 'a';
    text[CSV_FIELDS_MAX + 1] = '\n';
    assert_string_equal(strchr(read_all(*state, text, CSV_FIELDS_MAX + 2), '2'), "2[a]");
    text[CSV_FIELDS_MAX - 1] = ',';
    text[CSV_FIELDS_MAX] = '\n';
    assert_string_equal(read_all(*state, text, CSV_FIELDS_MAX + 1), "1!");
}

/* What is written is read again. */
static void test_fields_are_written_as_they_are_read(void **state)
{
    static const char *const fields[] = {"", "a", "a b", "a,b", "\"", "a\"b\"", "a\r\nb", "\n", "'", "ü"};

    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        CLEANUP(buf_release) struct buf out;
        struct csv_record record;
        struct csv csv;

        buf_init(&out, 100);
        csv_add(&out, text_of("x"));
        buf_add_char(&out, ',');
        csv_add(&out, text_of(fields[i]));
        csv = (struct csv){.text = {out.data, out.length}};
        assert_true(csv_next(&csv, *state, &record));
        assert_null(record.fault);
        assert_int_equal(record.count, 2);
        assert_string_equal(record.fields[1].data, fields[i]);
    }
}

/* OWASP, CSV Injection. */
static void test_no_field_is_a_formula(void **state)
{
    static const struct {
        const char *field;
        const char *written;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"a=1", "a=1"},
        {"1-2", "1-2"},
        {" a", " a"},
        {"'=1", "'=1"},
        {"[{\"a\":1}]", "\"[{\"\"a\"\":1}]\""},
        {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"=\"a\",b", "\"'=\"\"a\"\",b\""},
        {"\ta", "\"'\ta\""},
        {"\ra", "\"'\ra\""},
        {"\na", "\"'\na\""},
        {" =1", "\"' =1\""},
        {" \t\r\n =1", "\"' \t\r\n =1\""},
        {"\x01-1", "\"'\x01-1\""},
        {"\xc2\xa0=1", "\"'\xc2\xa0=1\""},         /* no-break space */
        {"\xe3\x80\x80+1", "\"'\xe3\x80\x80+1\""}, /* ideographic space */
        {"\xe2\x80\x8b@a", "\"'\xe2\x80\x8b@a\""}, /* zero width space */
        {"\xef\xbb\xbf=1", "\"'\xef\xbb\xbf=1\""}, /* byte order mark */
        {"\xef\xbc\x9d"
         "1",
         "\"'\xef\xbc\x9d"
         "1\""}, /* fullwidth, as the next three */
        {"\xef\xbc\x8b", "\"'\xef\xbc\x8b\""},
        {"\xef\xbc\x8d", "\"'\xef\xbc\x8d\""},
        {"\xef\xbc\xa0", "\"'\xef\xbc\xa0\""},
        {" ", " "},
        {"\xff=", "\xff="},
        {"a;=1", "\"a;'=1\""}, /* where semicolons divide lines */
        {"=1; +2;b", "\"'=1;' +2;b\""},
        {"(X11; Linux; =", "\"(X11; Linux;' =\""},
        {"a;b=1;", "a;b=1;"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf out;

        buf_init(&out, 100);
        csv_add_for_spreadsheet(&out, text_of(cases[i].field));
        assert_string_equal(out.data == NULL ? "" : out.data, cases[i].written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_fields_are_written_as_they_are_read),
        cmocka_unit_test(test_no_field_is_a_formula),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
