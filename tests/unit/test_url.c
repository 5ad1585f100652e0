#include "web/url.h"

#include "base/text.h"
#include "unit.h"

static void test_judge(void **state)
{
    static const struct {
        const char *url;
        enum url_verdict verdict;
    } cases[] = {
        {"http://example.org", URL_GOOD},
        {"HTTPS://example.org/a?b=%20#c", URL_GOOD},
        {"http://example.org:", URL_GOOD},
        {"http://example.org:65535/", URL_GOOD},
        {"http://192.0.2.1:80?a", URL_GOOD},
        {"http://[2001:db8::1]:8080/x", URL_GOOD},
        {"http://[::ffff:192.0.2.1]", URL_GOOD},
        {"http://b%C3%BCro.example/", URL_GOOD},
        {"http://example.org/?a@b:c/d?e", URL_GOOD},
        {"", URL_UNPARSABLE},
        {"example.org", URL_UNPARSABLE},
        {"//example.org", URL_UNPARSABLE},
        {":http://example.org", URL_UNPARSABLE},
        {"http:example.org", URL_UNPARSABLE},
        {"http:/example.org", URL_UNPARSABLE},
        {"http:///example.org", URL_UNPARSABLE},
        {"http://", URL_UNPARSABLE},
        {"http://:80/", URL_UNPARSABLE},
        {"http://example.org:65536/", URL_UNPARSABLE},
        {"http://example.org:8a/", URL_UNPARSABLE},
        {"http://example.org:-1/", URL_UNPARSABLE},
        {"http://a:1:2/", URL_UNPARSABLE},
        {"http://a b/", URL_UNPARSABLE},
        {"http://\xc3\xbc.example/", URL_NOT_ENCODED},
        {"http://[::1", URL_UNPARSABLE},
        {"http://[]/", URL_UNPARSABLE},
        {"http://]/", URL_UNPARSABLE},
        {"http://a]/", URL_UNPARSABLE},
        {"http://[::1]a/", URL_UNPARSABLE},
        {"http://[192.0.2.1]/", URL_UNPARSABLE},
        {"http://[0000:0000:0000:0000:0000:0000:192.168.100.200:0000]/", URL_UNPARSABLE},
        {"ftp://example.org/", URL_WRONG_SCHEME},
        {"httpx://example.org/", URL_WRONG_SCHEME},
        {"http://user@example.org/", URL_WITH_USER},
        {"http://@example.org/", URL_WITH_USER},
        {"http://example.org\\@x/", URL_WITH_USER},
        {"http://example.org/[", URL_NOT_ENCODED},
        {"http://example.org/#a#b", URL_NOT_ENCODED},
        {"http://example.org/%4", URL_NOT_ENCODED},
        {"http://a%zz.example/", URL_NOT_ENCODED},
        {"http://example.org/\xc3\xbc", URL_NOT_ENCODED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (url_judge(text_of(cases[i].url)) != cases[i].verdict)
            fail_msg("%s is judged %d", cases[i].url, (int)url_judge(text_of(cases[i].url)));
    assert_int_equal(url_judge(TEXT("http://a/\0b")), URL_UNPARSABLE);
}

static void test_is_http(void **state)
{
    (void)state;
    assert_true(url_is_http("https://idp.example.org/path?a=b"));
    assert_true(url_is_http("http://[::1]:8080"));
    assert_false(url_is_http("https://idp.example.org/#a"));
    assert_false(url_is_http("https://me@idp.example.org/"));
    assert_false(url_is_http("ftp://idp.example.org/"));
    assert_false(url_is_http("https://idp.example.org/\xc3\xbc"));
}

static void test_rules_of_settings(void **state)
{
    (void)state;
    assert_true(url_rule_service.is_kept("https://example.org/api/v1"));
    assert_false(url_rule_service.is_kept("https://example.org/?a"));
    assert_false(url_rule_service.is_kept("Https://example.org"));
    assert_true(url_rule_key_set.is_kept("/etc/keys.json"));
    assert_true(url_rule_key_set.is_kept("http://127.9.9.9:1/"));
    assert_true(url_rule_key_set.is_kept("http://LOCALHOST/"));
    assert_false(url_rule_key_set.is_kept("http://127.0.0.1.example.org/"));
    assert_false(url_rule_key_set.is_kept("http://128.0.0.1/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_is_http),
        cmocka_unit_test(test_rules_of_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
