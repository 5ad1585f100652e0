#include "web/preference.h"

#include "base/text.h"
#include "unit.h"

#define BROWSER "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

static void test_members(void **state)
{
    const char *header = " a , b;q=0.5,, c ; level=1 ; q=0.25 ,;q=2";
    static const struct {
        struct text range;
        double weight;
    } members[] = {{TEXT("a"), 1}, {TEXT("b"), 0.5}, {TEXT("c"), 0.25}, {TEXT(""), 2}};
    struct preference found;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        assert_case(preference_next(&header, &found), i, header);
        assert_case(text_equal(found.range, members[i].range) && found.weight == members[i].weight, i,
                    found.range.data);
    }
    assert_false(preference_next(&header, &found));
    header = NULL;
    assert_false(preference_next(&header, &found));
}

static void test_media(void **state)
{
    static const struct {
        const char *accept;
        double html, json;
    } cases[] = {
        {NULL, 1, 1},
        {"", 0, 0},
        {"*/*", 1, 1},
        {BROWSER, 1, 0.8},
        {"application/json", 0, 1},
        {"application/json, text/html;q=0.9", 0.9, 1},
        {"TEXT/HTML", 1, 0},
        {"text/*", 1, 0},
        {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", 0.7, 0.5},
        {"text/html;q=0, */*", 0, 1},
        {"text/html;level=1;q=0.4", 0.4, 0},
        {"text/html, text/html;q=0.1", 1, 0},
        {"text", 0, 0},
        {"text/htmlx, text/h", 0, 0},
        {"image/*", 0, 0},
        {"*/*;q=0.1, application/*", 0.1, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_case(preference_for_media(cases[i].accept, "text/html") == cases[i].html, i, cases[i].accept);
        assert_case(preference_for_media(cases[i].accept, "application/json") == cases[i].json, i, cases[i].accept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_media),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
