#include "web/html.h"

#include "unit.h"

static int set_up(void **state)
{
    static struct buf out;

    buf_init(&out, 4096);
    *state = &out;
    return 0;
}

static int tear_down(void **state)
{
    buf_release(*state);
    return 0;
}

static void test_text(void **state)
{
    html_add_text(*state, TEXT("a<b> & \"c\" 'd'"));
    assert_string_equal(((struct buf *)*state)->data, "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}

static void test_no_text_adds_nothing(void **state)
{
    html_add_text(*state, (struct text){NULL, 0});
    html_add_url(*state, (struct text){NULL, 0});
    assert_int_equal(((struct buf *)*state)->length, 0);
}

static void test_url(void **state)
{
    static const struct {
        struct text url;
        const char *written;
    } cases[] = {
        {TEXT("/auth/sign-in"), "/auth/sign-in"},
        {TEXT("/a?b=c:d&e"), "/a?b=c:d&amp;e"},
        {TEXT("a?javascript:"), "a?javascript:"},
        {TEXT("https://example.org/\"x"), "https://example.org/&quot;x"},
        {TEXT("HTTP://example.org"), "HTTP://example.org"},
        {TEXT("mailto:help@example.org?subject=\"x"), "mailto:help@example.org?subject=&quot;x"},
        {TEXT("javascript:alert(1)"), "about:invalid"},
        {TEXT("mail\tto:help@example.org"), "about:invalid"},
        {TEXT(" java\tscript:alert(1)"), "about:invalid"},
        {TEXT("data:text/html,x"), "about:invalid"},
        {TEXT("https:x"), "about:invalid"},
    };
    struct buf *out = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_reset(out, SIZE_MAX);
        html_add_url(out, cases[i].url);
        assert_case(strcmp(out->data, cases[i].written) == 0, i, cases[i].url.data);
    }
}

static void test_sentence(void **state)
{
    static const struct sentence_value values[] = {{"name", {"<Z>", 3}}, {"n", {"{{name}}", 8}}};

    html_add_sentence(*state, "<b>{{name}}</b>, {{n}} {{na}} {{name}}{{", values, ARRAY_LENGTH(values));
    assert_string_equal(((struct buf *)*state)->data, "<b>&lt;Z&gt;</b>, {{name}} {{na}} &lt;Z&gt;{{");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_text_adds_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_url, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sentence, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
