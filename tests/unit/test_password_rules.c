#include "domain/accounts/password_rules.h"

#include <string.h>

#include "base/text.h"
#include "unit.h"

static struct error refusal;

static bool is_taken(struct arena *arena, const char *password)
{
    const struct config config = {.operator_name = "Acme Inc."};
    const struct call call = {.arena = arena, .config = &config};
    const struct password_owner owner = {.username = TEXT("wile.coyote"), .email = TEXT("Genius@desert.example")};

    return password_check(&call, text_of(password), &owner, &refusal) == 0;
}

/* Shows: V2.1.7. */
static void test_what_others_would_try_first(void **state)
{
    static const char *const passwords[] = {
        "1qaz2wsx3edc",
        "MotherFucker", /* in the list in lower case */
        "unbelievable",
        "ghjcnjgfhjkm",
        "passwordpassword",
        "passwordpasswordpass",
        "PASSWORDpassword",
        "aaaaaaaaaaaa",
        "ąąąąąąąąąąąą",
        "hunter2hunter2",
        "123456789012",
        "210987654321",
        "qwertyuiopas",
        "abcdefghijklmnop",
        "poiuytrewqlkj",
        "abc123qwerty",
        "qwertz123456",
        "aaabbbcccddd",
        "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12", /* full-width digits */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(passwords); i++)
        assert_case(!is_taken(*state, passwords[i]) && strstr(refusal.message, "common") != NULL, i, passwords[i]);
}

static void test_names(void **state)
{
    static const char *const passwords[] = {
        "wile.coyote!",     "Wile Coyote 2024",  "wilecoyote123456789",   "genius@desert.example",
        "Desert.Example.1", "!!!geniusgenius42", "ACME Inc. wile.coyote", "acmeinc-secret",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(passwords); i++)
        assert_case(!is_taken(*state, passwords[i]) && strstr(refusal.message, "user name") != NULL, i, passwords[i]);
}

static void test_good_ones(void **state)
{
    static const char *const passwords[] = {
        "correct horse battery staple",
        "stressed power plant",
        "wile.coyote has no parachute",
        "a genius needs a better plan",
        "twelve chars",
        "x8#kQ2!vLm9z",
        "Grüße aus Köln",
        "ein zwölf langes",
        "паролькудакогда",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(passwords); i++)
        assert_case(is_taken(*state, passwords[i]), i, passwords[i]);
}

static void test_a_long_part_may_be_repeated(void **state)
{
    assert_false(is_taken(*state, "eleven chareleven char"));
    assert_true(is_taken(*state, "thirteen charthirteen char"));
}

static void test_form(void **state)
{
    static const struct {
        const char *password;
        const char *word;
    } cases[] = {
        {"", "12 characters"},
        {"eleven char", "12 characters"},
        {"äöüäöüäöüäö", "12 characters"},
        {"two lines\nof a text", "line"},
        {"\xff twelve bytes", "UTF-8"},
    };
    char longest[258];

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(!is_taken(*state, cases[i].password) && strstr(refusal.message, cases[i].word) != NULL, i,
                    cases[i].password);
    for (size_t i = 0; i < sizeof(longest) - 1; i++)
        longest[i] = (char)('a' + (i * i + i / 7) % 26);
    longest[257] = '\0';
    assert_false(is_taken(*state, longest));
    longest[256] = '\0';
    assert_true(is_taken(*state, longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_others_would_try_first),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_a_long_part_may_be_repeated),
        cmocka_unit_test(test_form),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
