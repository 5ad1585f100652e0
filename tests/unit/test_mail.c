/* Texts of mails, in Polish by the catalogue that catalogues.awk makes of po/pl.po. */
#include "domain/mail/mail.h"

#include "base/text.h"
#include "domain/mail/mail_message.h"
#include "domain/mail/mail_templates.h"
#include "unit.h"

static struct config config = {
    .public_url = "https://[2001:db8::1]/api",
    .operator_name = "",
    .mail_server = "smtp://localhost",
    .mail_from = "service@example.org",
    .mail_from_name = "",
    .mail_reply_to = "",
};

static struct mail_texts write(struct arena *arena, const char *language, struct text host)
{
    struct call call = {.config = &config, .arena = arena};

    return test_mail_write(&call,
                           &(const struct mail){.address = TEXT("ann@example.org"), .language = text_of(language)},
                           TEST_MAIL(.host = host));
}

static void assert_has(struct text text, const char *part)
{
    if (strstr(text.data, part) == NULL)
        fail_msg("%s is not in %s", part, text.data);
}

static void test_texts_are_in_the_language_of_the_recipient(void **state)
{
    struct mail_texts texts = write(*state, "pl-PL", TEXT("web1"));

    assert_string_equal(texts.language.data, "pl");
    assert_string_equal(texts.subject.data, "web1: wiadomość próbna");
    assert_has(texts.text, "Wiadomości tej usługi docierają.\n\nAn administrator"); /* not translated yet */
    assert_has(texts.html, "<html lang=\"pl\">");
    assert_has(texts.html, "<title>web1: wiadomość próbna</title>");
    texts = write(*state, "xx", TEXT("web1"));
    assert_string_equal(texts.language.data, "en");
    assert_string_equal(write(*state, NULL, TEXT("web1")).subject.data, "Test mail of web1");
}

static void test_values_are_escaped_where_they_stand(void **state)
{
    struct mail_texts texts = write(*state, NULL, TEXT("<b>\r\n\r\nx&y"));

    assert_string_equal(texts.subject.data, "Test mail of <b>    x&y");
    assert_has(texts.text, "mail on <b>    x&y.");
    assert_has(texts.html, "mail on &lt;b&gt;\r\n\r\nx&amp;y.");
}

static void test_texts_say_who_sends_them(void **state)
{
    assert_has(write(*state, NULL, TEXT("x")).text, "\n\n--\nOrganizations API\nhttps://[2001:db8::1]/api\n");
    config.operator_name = "Müller & Co";
    assert_has(write(*state, NULL, TEXT("x")).text, "--\nMüller & Co\n");
    assert_has(write(*state, NULL, TEXT("x")).html, "Müller &amp; Co<br>");
    config.operator_name = "";
}

static void test_the_message_is_the_same_whenever_it_is_written(void **state)
{
    struct call call = {.config = &config, .arena = *state};
    const struct mail_row row = {
        .id = {{0x01, 0x90}},
        .recipient = TEXT("ann@example.org"),
        .language = TEXT("en"),
        .subject = TEXT("Zoë"),
        .text_body = TEXT("text"),
        .html_body = TEXT("<p>html"),
        .created.us = 1795772096 * US_PER_S,
    };
    CLEANUP(buf_release) struct buf out;

    buf_init(&out, MAIL_MESSAGE_BYTES_MAX);
    mail_message_write(&out, &call, &row);
    assert_string_equal(out.data, "Date: Fri, 27 Nov 2026 09:34:56 +0000\r\n"
                                  "From: <service@example.org>\r\n"
                                  "To: <ann@example.org>\r\n"
                                  "Subject: =?UTF-8?Q?Zo=C3=AB?=\r\n"
                                  "Message-ID:\r\n <01900000-0000-0000-0000-000000000000@[2001:db8::1]>\r\n"
                                  "Auto-Submitted: auto-generated\r\n"
                                  "Content-Language: en\r\n"
                                  "MIME-Version: 1.0\r\n"
                                  "Content-Type: multipart/alternative;\r\n"
                                  " boundary=\"=_01900000-0000-0000-0000-000000000000\"\r\n"
                                  "\r\n"
                                  "--=_01900000-0000-0000-0000-000000000000\r\n"
                                  "Content-Type: text/plain; charset=utf-8\r\n"
                                  "Content-Transfer-Encoding: quoted-printable\r\n"
                                  "\r\n"
                                  "text\r\n"
                                  "--=_01900000-0000-0000-0000-000000000000\r\n"
                                  "Content-Type: text/html; charset=utf-8\r\n"
                                  "Content-Transfer-Encoding: quoted-printable\r\n"
                                  "\r\n"
                                  "<p>html\r\n"
                                  "--=_01900000-0000-0000-0000-000000000000--\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_in_the_language_of_the_recipient),
        cmocka_unit_test(test_values_are_escaped_where_they_stand),
        cmocka_unit_test(test_texts_say_who_sends_them),
        cmocka_unit_test(test_the_message_is_the_same_whenever_it_is_written),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
