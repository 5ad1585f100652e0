/* Over the catalogues that catalogues.awk makes of po/pl.po and po/pt_BR.po. */
#include "web/catalogue.h"

#include "pages/language.h"
#include "unit.h"
#include "web/sentence.h"

#define POLISH (catalogue_choose(catalogues, "pl"))
#define ATTEMPTS                                                                                                       \
    NP_("There were too many attempts. Try again in {{seconds}} second.",                                              \
        "There were too many attempts. Try again in {{seconds}} seconds.")

static void test_choose(void **state)
{
    static const struct {
        const char *accept_language;
        const char *language;
    } cases[] = {
        {NULL, "en"},
        {"", "en"},
        {"pl", "pl"},
        {"PL", "pl"},
        {"pl-PL", "pl"},
        {"pl-Latn-PL, en", "pl"},
        {"p", "en"},
        {"plx", "en"},
        {"pt-BR", "pt-BR"},
        {"pt-br-x-y", "pt-BR"},
        {"pt", "en"},
        {"de, fr;q=0.9, pl;q=0.1", "pl"},
        {"en-GB, pl", "en"},
        {"en;q=0.8, pl", "pl"},
        {"en;q=0.8,pl;q=0.9,pt-BR;q=0.7", "pl"},
        {"en;q=0.8, pl;q=0.8", "en"},
        {"pl ; q=0.5, pt-BR ; q=0.6", "pt-BR"},
        {"pl;q=0", "en"},
        {"*", "en"},
        {"*;q=0.5, pl", "pl"},
        {"pl;q=0.1, *", "en"},
        {",,;q=1,-, pl", "pl"},
        {"pl;q=nan, pl;q=x, pl;q=-1", "en"},
        {"pl;level=1", "pl"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct catalogue *catalogue = catalogue_choose(catalogues, cases[i].accept_language);

        assert_case(strcmp(catalogue_language(catalogue), cases[i].language) == 0, i, cases[i].accept_language);
    }
}

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(catalogue_find(POLISH, "Sign in"), "Zaloguj się");
    assert_string_equal(catalogue_find(POLISH, "User name or email address"), "Nazwa użytkownika lub adres");
    assert_string_equal(catalogue_find(POLISH, "Your user name is <strong>{{username}}</strong>."),
                        "<strong>{{username}}</strong> to \"Twoja\" nazwa użytkownika.");
    assert_string_equal(catalogue_find(NULL, "Sign in"), "Sign in");
    /* fuzzy, not translated yet, obsolete, unknown */
    assert_string_equal(catalogue_find(POLISH, "Password"), "Password");
    assert_string_equal(catalogue_find(POLISH, "Continue"), "Continue");
    assert_string_equal(catalogue_find(POLISH, "Gone"), "Gone");
    assert_string_equal(catalogue_find(POLISH, "x"), "x");
    assert_string_equal(catalogue_find(catalogue_choose(catalogues, "pt-BR"), "Sign in"), "Entrar");
}

static const char *attempts(struct arena *arena, const struct catalogue *catalogue, int64_t n)
{
    return sentence_of_number(arena, catalogue_find_plural(catalogue, ATTEMPTS, n), "seconds", n);
}

static void test_find_plural(void **state)
{
    assert_string_equal(attempts(*state, NULL, 1), "There were too many attempts. Try again in 1 second.");
    assert_string_equal(attempts(*state, NULL, 2), "There were too many attempts. Try again in 2 seconds.");
    assert_string_equal(attempts(*state, POLISH, 1), "Zbyt wiele prób. Spróbuj ponownie za jedną sekundę.");
    assert_string_equal(attempts(*state, POLISH, 22), "Zbyt wiele prób. Spróbuj ponownie za 22 sekundy.");
    assert_string_equal(attempts(*state, POLISH, 12), "Zbyt wiele prób. Spróbuj ponownie za 12 sekund.");
    assert_string_equal(attempts(*state, catalogue_choose(catalogues, "pt-BR"), 0),
                        "There were too many attempts. Try again in 0 seconds.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_plural),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
