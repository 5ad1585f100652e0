#include "web/operator.h"

#include <string.h>

#include "unit.h"

static void test_contacts(void **state)
{
    static const struct {
        const char *value;
        bool is_good;
    } cases[] = {
        {"", true},
        {"mailto:help@example.org", true},
        {"mailto:help+orgd@mail.example.org?subject=Organizations%20API", true},
        {"mailto:h%C3%A9lp@example.org", true},
        {"https://example.org", true},
        {"https://example.org/help?topic=orgs#form", true},
        {"help@example.org", false},
        {"mailto:", false},
        {"mailto:help", false},
        {"mailto:@example.org", false},
        {"mailto:help@", false},
        {"mailto:help@?subject=x", false},
        {"mailto:?subject=help@example.org", false},
        {"mailto:help@example.org,other@example.org", false},
        {"mailto:a@b@example.org", false},
        {"mailto://help@example.org", false},
        {"mailto:help me@example.org", false},
        {"mailto:help@example.org?subject=\"x\"", false},
        {"mailto:help@example.org?subject=%2", false},
        {"MAILTO:help@example.org", false},
        {"http://example.org", false},
        {"https://user@example.org", false},
        {"https://exa mple.org", false},
        {"https:example.org", false},
        {"javascript:alert(1)", false},
        {"/help", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(operator_rule_contact.is_kept(cases[i].value) == cases[i].is_good, i, cases[i].value);
}

static void test_names(void **state)
{
    static const char turned[] = {'a', '\xe2', '\x80', '\xae', 'b', '\0'}; /* U+202E turns what follows round */
    char longest[OPERATOR_NAME_LENGTH_MAX + 2] = "";

    (void)state;
    memset(longest, 'x', OPERATOR_NAME_LENGTH_MAX);
    assert_true(operator_rule_name.is_kept(""));
    assert_true(operator_rule_name.is_kept("Société <Générale> & \"Co\""));
    assert_true(operator_rule_name.is_kept(longest));
    longest[OPERATOR_NAME_LENGTH_MAX] = 'x';
    assert_false(operator_rule_name.is_kept(longest));
    assert_false(operator_rule_name.is_kept("a\tb"));
    assert_false(operator_rule_name.is_kept("\xff"));
    assert_false(operator_rule_name.is_kept(turned));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contacts),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
