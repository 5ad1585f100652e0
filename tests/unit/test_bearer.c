#include "domain/credentials/bearer.h"

#include "base/digest.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/credentials/issuer_settings.h"
#include "key_file.h"
#include "unit.h"

static const struct timestamp now = {1790000000000000};
static const struct token_terms terms = {.issuer = "https://api.example.org", .lifetime_s = 60};

struct fixture {
    char path[KEY_FILE_PATH_SIZE];
    struct arena *arena;
    struct token_keys *keys;
    char api_key[SECRET_TEXT_SIZE];
    char personal_token[SECRET_TEXT_SIZE];
};

static const struct secret secret = {.id = {{7, 8, 9}}, .bytes = {1, 2, 3}};

static int set_up(void **state)
{
    static struct fixture fixture;
    const char *kid;

    fixture = (struct fixture){.arena = arena_open()};
    secret_format(SECRET_PREFIX_API_KEY, &secret, fixture.api_key);
    secret_format(SECRET_PREFIX_PERSONAL_TOKEN, &secret, fixture.personal_token);
    *state = &fixture;
    return open_key_file(fixture.path, fixture.arena, &kid, &fixture.keys);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_close(fixture->arena);
    return close_key_file(fixture->path, fixture->keys);
}

static int read_bearer(struct fixture *fixture, const char *authorization, struct credential *out)
{
    struct error err = {.kind = ERR_NONE};
    const struct bearer_trust trust = {.keys = fixture->keys, .terms = &terms};
    const struct call call = {.arena = fixture->arena, .now = now};
    int result = bearer_read(&call, &trust, authorization, out, &err);

    if (result < 0)
        assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    return result;
}

/* The digest is of the credential as a whole: an API key is not a personal token of the same bytes. */
static void test_secrets(void **state)
{
    struct fixture *fixture = *state;
    const char *const texts[] = {fixture->api_key, fixture->personal_token};

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct digest expected = digest_of(texts[i], strlen(texts[i]));
        struct credential credential;

        assert_int_equal(read_bearer(fixture, arena_printf(fixture->arena, "Bearer %s", texts[i]), &credential), 0);
        assert_false(credential.is_token);
        assert_true(id_equal(&credential.id, &secret.id));
        assert_true(digest_equal(&credential.digest, &expected));
    }
}

static void test_access_token(void **state)
{
    struct fixture *fixture = *state;
    const struct token_subject subject = {.account_id = {{1}}, .credential_id = {{2}}, .generation = 1};
    struct credential credential;
    struct text token;
    struct error err;

    assert_int_equal(token_issue(fixture->keys, &terms, &subject, now, fixture->arena, &token, &err), 0);
    assert_int_equal(read_bearer(fixture, arena_printf(fixture->arena, "Bearer %s", token.data), &credential), 0);
    assert_true(credential.is_token);
    assert_true(id_equal(&credential.account_id, &subject.account_id));
    assert_true(id_equal(&credential.id, &subject.credential_id));
}

static size_t decoded;

static void *count(size_t size)
{
    decoded++;
    return malloc(size);
}

/* Other issuers are asked about a token that nobody knows yet. One of ours that is remembered is decoded by nobody. */
static void test_our_tokens_beside_other_issuers(void **state)
{
    struct fixture *fixture = *state;
    const struct token_subject subject = {.account_id = {{1}}, .credential_id = {{2}}};
    struct issuer_settings settings = {.url = "https://idp.example.org", .jwks = "/nonexistent"};
    const struct config config = {.issuers = &settings};
    struct bearer_trust trust = {.keys = fixture->keys, .terms = &terms, .issuers = issuers_open(&config)};
    const struct call call = {.arena = fixture->arena, .now = now};
    size_t costs[3];
    struct credential credential;
    struct text token;
    struct error err;

    assert_int_equal(token_issue(fixture->keys, &terms, &subject, now, fixture->arena, &token, &err), 0);
    json_set_alloc_funcs(count, free);
    for (size_t i = 0; i < ARRAY_LENGTH(costs); i++) {
        const char *header = arena_printf(fixture->arena, "Bearer %s", token.data);

        decoded = 0;
        assert_int_equal(bearer_read(&call, &trust, header, &credential, &err), 0);
        assert_true(credential.is_token && id_equal(&credential.id, &subject.credential_id));
        costs[i] = decoded;
    }
    json_set_alloc_funcs(malloc, free);
    assert_int_not_equal(costs[0], 0);
    assert_int_equal(costs[1], 0);
    assert_int_equal(costs[2], 0);
    issuers_close(trust.issuers);
}

/* Around a good API key. */
static void test_forms_of_the_header(void **state)
{
    static const struct {
        const char *before;
        const char *after;
        int expected;
    } cases[] = {
        {"Bearer ", "", 0},      {"bearer ", "", 0}, /* a scheme has no case (RFC 9110, 11.1) */
        {"BEARER ", "", 0},      {"Bearer    ", "", 0}, {"Bearer", "", -1},
        {"Bearer\t", "", -1},    {" Bearer ", "", -1},  {"", "", -1},
        {"Basic ", "", -1},      {"BearerX ", "", -1},  {"Bearer ", " ", 0},
        {"Bearer \t", "\t ", 0}, {"Bearer ", ",", -1},  {"Bearer \"", "\"", -1},
        {"Bearer x", "", -1},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct credential credential;
        const char *header = arena_printf(fixture->arena, "%s%s%s", cases[i].before, fixture->api_key, cases[i].after);

        assert_case(read_bearer(fixture, header, &credential) == cases[i].expected, i, header);
    }
}

static void test_nothing_presented(void **state)
{
    static const char *const headers[] = {NULL, "", "Bearer", "Bearer ", "Bearer    ", "Negotiate abc"};

    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++) {
        struct credential credential;

        assert_int_equal(read_bearer(*state, headers[i], &credential), -1);
    }
}

/* RFC 6750, 3.1: only who presented a token is told that it is an invalid one. */
static void test_has_bearer(void **state)
{
    (void)state;
    assert_false(bearer_is_sent(NULL));
    assert_false(bearer_is_sent(""));
    assert_false(bearer_is_sent("Basic abc"));
    assert_false(bearer_is_sent("Bearer"));
    assert_true(bearer_is_sent("Bearer abc"));
    assert_true(bearer_is_sent("bEARER "));
}

static void test_read_secret(void **state)
{
    struct fixture *fixture = *state;
    char *changed = arena_strndup(fixture->arena, fixture->api_key, SECRET_TEXT_SIZE - 1);
    struct credential credential = {.is_token = true};

    assert_true(bearer_read_secret(text_of(fixture->api_key), now, &credential));
    assert_false(credential.is_token);
    changed[3] = 'X';
    assert_false(bearer_read_secret(text_of(changed), now, &credential));
    assert_false(bearer_read_secret(TEXT(""), now, &credential));
    assert_false(bearer_read_secret(TEXT("ORGKEY_"), now, &credential));
    assert_false(bearer_read_secret(text_of(NULL), now, &credential));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_access_token),
        cmocka_unit_test(test_our_tokens_beside_other_issuers),
        cmocka_unit_test(test_forms_of_the_header),
        cmocka_unit_test(test_nothing_presented),
        cmocka_unit_test(test_has_bearer),
        cmocka_unit_test(test_read_secret),
    };

    return cmocka_run_group_tests_name("bearer", tests, set_up, tear_down);
}
