#include "web/mime.h"

#include "base/text.h"
#include "unit.h"

static struct buf out;

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, (size_t)64 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_release(&out);
    return 0;
}

static void test_field(void **state)
{
    static const struct {
        const char *value;
        const char *written;
    } cases[] = {
        {"", "Subject: \r\n"},
        {"a plain text, with (all) sorts: of <signs> & \"quotes\"",
         "Subject: a plain text, with (all) sorts: of <signs> & \"quotes\"\r\n"},
        {"Zoë", "Subject: =?UTF-8?Q?Zo=C3=AB?=\r\n"},
        {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=\r\n"},
        {"a\r\nBcc: b", "Subject: =?UTF-8?Q?a__Bcc=3A_b?=\r\n"},
        {"a\x7f", "Subject: =?UTF-8?Q?a_?=\r\n"},
        {"two  blanks", "Subject: =?UTF-8?Q?two__blanks?=\r\n"},
        {" first", "Subject: =?UTF-8?Q?_first?=\r\n"},
        {"last ", "Subject: =?UTF-8?Q?last_?=\r\n"},
        {"one word after the other, and in the end there are more of them than a line has room for",
         "Subject: one word after the other, and in the end there are more of them\r\n than a line has room for\r\n"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "Subject: =?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=\r\n"
         " =?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaa?=\r\n"},
        {"日本語の組織の名前です", "Subject: =?UTF-8?Q?=E6=97=A5=E6=9C=AC=E8=AA=9E=E3=81=AE=E7=B5=84=E7=B9=94?=\r\n"
                                   " =?UTF-8?Q?=E3=81=AE=E5=90=8D=E5=89=8D=E3=81=A7=E3=81=99?=\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(&out, 0);
        mime_add_field(&out, "Subject", text_of(cases[i].value));
        assert_string_equal(out.data, cases[i].written);
    }
}

static void test_mailbox(void **state)
{
    static const struct {
        const char *phrase;
        const char *address;
        const char *written;
    } cases[] = {
        {NULL, "ann@example.org", "To: <ann@example.org>\r\n"},
        {"", "ann@example.org", "To: <ann@example.org>\r\n"},
        {"Ann Example", "ann@example.org", "To: Ann Example\r\n <ann@example.org>\r\n"},
        {"Ann, \"<x@example.org>", "ann@example.org",
         "To: =?UTF-8?Q?Ann=2C_=22=3Cx=40example=2Eorg=3E?=\r\n <ann@example.org>\r\n"},
        {"a.b", "ann@example.org", "To: =?UTF-8?Q?a=2Eb?=\r\n <ann@example.org>\r\n"},
        {NULL, ".a@example.org", "To: <\".a\"@example.org>\r\n"},
        {NULL, "a.@example.org", "To: <\"a.\"@example.org>\r\n"},
        {NULL, "a..b@example.org", "To: <\"a..b\"@example.org>\r\n"},
        {NULL, "a.b@example.org", "To: <a.b@example.org>\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(&out, 0);
        mime_add_mailbox(&out, "To", text_of(cases[i].phrase), text_of(cases[i].address));
        assert_string_equal(out.data, cases[i].written);
    }
}

static void test_part(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"", ""},
        {"a", "a\r\n"},
        {"a\n", "a\r\n"},
        {"a\r\nb\n\nc", "a\r\nb\r\n\r\nc\r\n"},
        {"a\rb", "a=0Db\r\n"},
        {"1 = 2", "1 =3D 2\r\n"},
        {"ü\t", "=C3=BC=09\r\n"},
        {"blank \nmore \t", "blank=20\r\nmore =09\r\n"},
        {".\n..\na.\nFrom me\nFrom\n", "=2E\r\n=2E.\r\na.\r\n=46rom me\r\nFrom\r\n"},
        {"1234567890123456789012345678901234567890123456789012345678901234567890123456",
         "123456789012345678901234567890123456789012345678901234567890123456789012345=\r\n6\r\n"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234ü",
         "12345678901234567890123456789012345678901234567890123456789012345678901234=\r\n=C3=BC\r\n"},
        {"123456789012345678901234567890123456789012345678901234567890123456789012345.",
         "123456789012345678901234567890123456789012345678901234567890123456789012345=\r\n=2E\r\n"},
    };
    static const char head[] =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(&out, 0);
        mime_add_part(&out, "text/plain", text_of(cases[i].text));
        assert_memory_equal(out.data, head, strlen(head));
        assert_string_equal(out.data + strlen(head), cases[i].written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mailbox, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_part, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
