#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "domain/config.h"
#include "domain/credentials/issuer_settings.h"
#include "unit.h"

static char path[] = "/tmp/orgd-test-issuer-XXXXXX";

#define SECTION "[issuer \"https://idp.example.org/path\"]\n"
#define REQUIRED "audience = orgs\njwks = /etc/jwks.json\n"

static int set_up(void **state)
{
    int fd = mkstemp(path);

    return fd < 0 || close(fd) != 0 ? -1 : open_arena(state);
}

static int tear_down(void **state)
{
    unlink(path);
    return close_arena(state);
}

static int read_content(struct arena *arena, const char *content, struct config *config, struct error *err)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    return config_read(path, arena, config, err);
}

static void test_no_issuer(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, "workers = 3\n", &config, &err), 0);
    assert_null(config.issuers);
}

static void test_defaults(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, SECTION REQUIRED, &config, &err), 0);
    assert_string_equal(config.issuers->url, "https://idp.example.org/path");
    assert_string_equal(config.issuers->audience, "orgs");
    assert_string_equal(config.issuers->jwks, "/etc/jwks.json");
    assert_string_equal(config.issuers->algorithms, "ES256 RS256");
    assert_string_equal(config.issuers->user_claim, "sub");
    assert_string_equal(config.issuers->token_types, "at+jwt");
    assert_string_equal(config.issuers->clients, "");
    assert_string_equal(config.issuers->match_users, "no");
    assert_string_equal(config.issuers->provision, "no");
    assert_string_equal(config.issuers->superusers, "no");
    assert_int_equal(config.issuers->jwks_timeout, 2);
    assert_int_equal(config.issuers->jwks_max_age, 600);
    assert_null(config.issuers->next);
}

static void test_relative_path_of_a_key_set(void **state)
{
    int length = (int)(strrchr(path, '/') - path);
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, SECTION "audience = orgs\njwks = ./keys.json\n", &config, &err), 0);
    assert_string_equal(config.issuers->jwks, arena_printf(*state, "%.*s/./keys.json", length, path));
}

/* Any number, each with its own settings, behind those of the service. Names may be long. */
static void test_several(void **state)
{
    const char *long_url = arena_printf(*state, "https://idp.example.org/%0*d", 900, 1);
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state,
                                  arena_printf(*state,
                                               "workers = 3\n\n  [issuer \"https://a.example\"]  \r\n" REQUIRED
                                               "algorithms = PS512  ES384\nprovision = yes\n"
                                               "[issuer \"%s\"]\n" REQUIRED "user_claim = preferred_username\n"
                                               "jwks_timeout = 10\njwks_max_age = 60\naudience = c]d\n"
                                               "[issuer \"%s0\"]\n" REQUIRED,
                                               long_url, long_url),
                                  &config, &err),
                     0);
    assert_int_equal(config.workers, 3);
    assert_string_equal(config.issuers->url, "https://a.example");
    assert_string_equal(config.issuers->provision, "yes");
    assert_true(text_has_word(config.issuers->algorithms, "PS512") &&
                text_has_word(config.issuers->algorithms, "ES384"));
    assert_false(text_has_word(config.issuers->algorithms, "ES256") ||
                 text_has_word(config.issuers->algorithms, "ES38") || text_has_word(config.issuers->algorithms, ""));
    assert_string_equal(config.issuers->next->url, long_url);
    assert_string_equal(config.issuers->next->user_claim, "preferred_username");
    assert_string_equal(config.issuers->next->audience, "c]d");
    assert_int_equal(config.issuers->next->jwks_timeout, 10);
    assert_int_equal(config.issuers->next->jwks_max_age, 60);
    assert_string_equal(config.issuers->next->provision, "no");
    assert_non_null(config.issuers->next->next);
    assert_null(config.issuers->next->next->next);
}

static void test_section_at_the_start_of_the_file(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, "\xef\xbb\xbf" SECTION REQUIRED, &config, &err), 0);
    assert_non_null(config.issuers);
}

static void test_sections_that_are_refused(void **state)
{
    static const struct {
        const char *content;
        const char *message; /* behind the path */
    } cases[] = {
        {SECTION "audience = orgs\n", ":1: the issuer https://idp.example.org/path lacks the setting 'jwks'"},
        {"\n" SECTION "jwks = /x\n" SECTION REQUIRED,
         ":2: the issuer https://idp.example.org/path lacks the setting 'audience'"},
        {"\n" SECTION, ":2: the issuer https://idp.example.org/path lacks the setting 'audience'"},
        {SECTION REQUIRED "[issuer \"https://b.example\"]\n" REQUIRED SECTION,
         ":7: the issuer https://idp.example.org/path already has a section"},
        {SECTION REQUIRED "audienze = x\n",
         ":4: unknown setting 'audienze' of an issuer; write the service's own settings above all sections"},
        {SECTION REQUIRED "workers = 4\n",
         ":4: unknown setting 'workers' of an issuer; write the service's own settings above all sections"},
        {SECTION REQUIRED "url = x\n",
         ":4: unknown setting 'url' of an issuer; write the service's own settings above all sections"},
        {"audience = x\n", ":1: unknown setting 'audience'; orgd.conf(5) lists the settings"},
        {SECTION REQUIRED "nonsense\n", ":4: this line is neither a comment nor 'key = value'"},
        {"[issuer \"https://idp.example.org\"] # why\n", ":1: this line is neither a comment nor 'key = value'"},
        {"[issuer \"https://idp.example.org\"\n", ":1: this line is neither a comment nor 'key = value'"},
        {SECTION REQUIRED "jwks_timeout = 11\n",
         ":4: jwks_timeout = 11: must be a whole number of seconds from 1 to 10"},
        {SECTION REQUIRED "jwks_max_age = 0\n",
         ":4: jwks_max_age = 0: must be a whole number of seconds from 1 to 86400"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config config;
        struct error err = {.kind = ERR_NONE};

        assert_case(read_content(*state, cases[i].content, &config, &err) == -1, i, "accepted");
        assert_int_equal(err.kind, ERR_VALIDATION);
        assert_string_equal(err.message, arena_printf(*state, "%s%s", path, cases[i].message));
    }
}

static void test_names_of_sections_that_are_refused(void **state)
{
    static const char *const names[] = {
        "",
        "orgd",
        "issuer",
        "issuer https://idp.example.org",
        "issuer \"",
        "issuer \"\"",
        "issuer \"https://idp.example.org",
        "issuer  \"https://idp.example.org\"",
        "Issuer \"https://idp.example.org\"",
        "issuer \"https://idp.example.org\" ",
        "issuer \"idp.example.org\"",
        "issuer \"ftp://idp.example.org\"",
        "issuer \"https://user:secret@idp.example.org\"",
        "issuer \"https://idp.example.org#fragment\"",
        "issuer \"https://idp.example.org\" \"https://b.example\"",
        "issuer \"https://idp.example.org/a b\"",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct config config;
        struct error err = {.kind = ERR_NONE};

        assert_case(read_content(*state, arena_printf(*state, "\n[%s]\n" REQUIRED, names[i]), &config, &err) == -1, i,
                    names[i]);
        assert_string_equal(err.message,
                            arena_printf(*state,
                                         "%s:2: unknown section [%s]; there are only sections [issuer \"https://…\"]",
                                         path, names[i]));
    }
}

static void test_values(void **state)
{
    static const struct {
        const char *line;
        bool is_good;
    } cases[] = {
        {"audience = https://api.example.org/", true},
        {"audience =", false},
        {"algorithms = ES256", true},
        {"algorithms =  PS256  RS512 ES384", true},
        {"algorithms =", false},
        {"algorithms = none", false},
        {"algorithms = HS256", false},
        {"algorithms = ES256 HS256", false},
        {"algorithms = ES256,RS256", false},
        {"algorithms = es256", false},
        {"algorithms = ES", false},
        {"algorithms = EdDSA", false}, /* libjose does not have it */
        {"algorithms = ES256K", false},
        {"token_types = at+jwt JWT none", true},
        {"token_types = JWT", true},
        {"token_types =", false},
        {"token_types = jwt", false},
        {"token_types = logout+jwt", false},
        {"token_types = at+jwt,JWT", false},
        {"clients =", true},
        {"clients = console https://app.example.org", true},
        {"match_users = yes", true},
        {"match_users = maybe", false},
        {"superusers = yes", true},
        {"superusers = on", false},
        {"user_claim = preferred_username", true},
        {"user_claim =", false},
        {"provision = yes", true},
        {"provision = no", true},
        {"provision = true", false},
        {"provision = Yes", false},
        {"provision =", false},
        {"jwks = /etc/orgd/jwks.json", true},
        {"jwks = https://idp.example.org/jwks", true},
        {"jwks = https://idp.example.org:8443/jwks?a=b", true},
        {"jwks = http://127.0.0.1:8080/jwks", true},
        {"jwks = http://127.255.255.254/", true},
        {"jwks = http://[::1]/jwks", true},
        {"jwks = http://localhost:1/jwks", true},
        {"jwks =", false},
        {"jwks = jwks.json", false},
        {"jwks = idp:8443/jwks.json", false},
        {"jwks = file:///etc/orgd/jwks.json", false},
        {"jwks = http://idp.example.org/jwks", false},
        {"jwks = http://127.0.0.1.example.org/jwks", false},
        {"jwks = http://127.0.0.1@idp.example.org/jwks", false},
        {"jwks = http://localhost.example.org/jwks", false},
        {"jwks = http://10.0.0.1/jwks", false},
        {"jwks = http://[::2]/jwks", false},
        {"jwks = https://user:secret@idp.example.org/jwks", false},
        {"jwks = https://", false},
        {"jwks_timeout = 0", false},
        {"jwks_timeout = 2.5", false},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config config;
        struct error err = {.kind = ERR_NONE};
        const char *content = arena_printf(*state, SECTION REQUIRED "%s\n", cases[i].line);

        assert_case((read_content(*state, content, &config, &err) == 0) == cases[i].is_good, i, cases[i].line);
        if (!cases[i].is_good)
            assert_case(strncmp(err.message, arena_printf(*state, "%s:4: ", path), strlen(path) + 4) == 0, i,
                        err.message);
    }
}

static void test_rules_are_told(void **state)
{
    struct config config;
    struct error err = {.kind = ERR_NONE};

    assert_int_equal(read_content(*state, SECTION "algorithms = none\n", &config, &err), -1);
    assert_string_equal(err.message, arena_printf(*state,
                                                  "%s:2: algorithms = none: must be some of ES256 ES384 ES512 RS256 "
                                                  "RS384 RS512 PS256 PS384 PS512, separated by blanks",
                                                  path));
}

/* The service's own tokens are verified with the signing keys; a section about itself would never be used. */
static void test_the_service_itself(void **state)
{
    struct config config;
    struct error err = {.kind = ERR_NONE};

    assert_int_equal(
        read_content(*state, "public_url = https://idp.example.org/path\n" SECTION REQUIRED, &config, &err), -1);
    assert_string_equal(
        err.message,
        arena_printf(
            *state,
            "%s:2: [issuer \"https://idp.example.org/path\"]: this is public_url; remove the section, since this "
            "service accepts its own tokens without one",
            path));
}

static bool is_named_by_a_sentence(const char *algorithm)
{
    for (const struct setting *setting = issuer_settings_table; setting->key != NULL; setting++)
        if (setting->rule == &issuer_settings_rule_algorithms)
            return strstr(setting->sentence, algorithm) != NULL;
    return false;
}

static void test_every_algorithm_is_named(void **state)
{
#define JWS_ALGORITHM(name, type, curve) name,
    static const char *const algorithms[] = {
#include "domain/credentials/jws_algorithms.def"
    };
#undef JWS_ALGORITHM

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++)
        assert_case(is_named_by_a_sentence(algorithms[i]), i, algorithms[i]);
}

static void test_table_makes_sense(void **state)
{
    (void)state;
    for (const struct setting *setting = issuer_settings_table; setting->key != NULL; setting++) {
        assert_int_equal(setting->sentence[strlen(setting->sentence) - 1], '.');
        for (const struct setting *other = issuer_settings_table; other < setting; other++)
            assert_string_not_equal(setting->key, other->key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_issuer),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_relative_path_of_a_key_set),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_section_at_the_start_of_the_file),
        cmocka_unit_test(test_sections_that_are_refused),
        cmocka_unit_test(test_names_of_sections_that_are_refused),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_rules_are_told),
        cmocka_unit_test(test_the_service_itself),
        cmocka_unit_test(test_every_algorithm_is_named),
        cmocka_unit_test(test_table_makes_sense),
    };

    return cmocka_run_group_tests_name("issuer_settings", tests, set_up, tear_down);
}
