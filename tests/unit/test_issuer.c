#include "issuer_fixture.h"

static void test_header_and_claims(void **state)
{
    static const struct {
        const char *part;
        const char *member;
        const char *value; /* as JSON; NULL removes it */
        enum outcome expected;
    } cases[] = {
        {"claims", "unknown", "1", ASKS_THE_DATABASE},
        {"header", "unknown", "1", ASKS_THE_DATABASE},
        {"header", "typ", "\"AT+JWT\"", ASKS_THE_DATABASE},
        {"header", "typ", "\"application/at+jwt\"", ASKS_THE_DATABASE},
        {"header", "typ", "\"jwt\"", REFUSED},
        {"header", "typ", NULL, REFUSED},
        {"header", "typ", "\"none\"", REFUSED},
        {"header", "typ", "\"logout+jwt\"", REFUSED},
        {"header", "typ", "\"dpop+jwt\"", REFUSED},
        {"header", "typ", "\"\"", REFUSED},
        {"header", "typ", "7", REFUSED},
        {"header", "typ", "null", REFUSED},
        {"header", "kid", NULL, ASKS_THE_DATABASE}, /* one key fits ES256 */
        {"header", "kid", "\"rsa\"", REFUSED},
        {"header", "kid", "\"unknown\"", REFUSED},
        {"header", "kid", "\"\"", REFUSED},
        {"header", "kid", "null", REFUSED},
        {"header", "kid", "[\"ec\"]", REFUSED},
        {"header", "crit", "[\"exp\"]", REFUSED},
        {"header", "crit", "[]", REFUSED},
        {"header", "crit", "null", REFUSED},
        {"claims", "iss", NULL, NOT_THEIRS},
        {"claims", "iss", "\"https://idp.example.org/\"", NOT_THEIRS},
        {"claims", "iss", "\"HTTPS://idp.example.org\"", NOT_THEIRS},
        {"claims", "iss", "[\"https://idp.example.org\"]", NOT_THEIRS},
        {"claims", "iss", "\"https://away.example.org\"", UNAVAILABLE},
        {"claims", "aud", NULL, REFUSED},
        {"claims", "aud", "\"other\"", REFUSED},
        {"claims", "aud", "[\"other\",\"orgs\"]", ASKS_THE_DATABASE},
        {"claims", "aud", "[]", REFUSED},
        {"claims", "exp", NULL, REFUSED},
        {"claims", "exp", "1790000000", REFUSED},
        {"claims", "exp", "1790000001", ASKS_THE_DATABASE},
        {"claims", "exp", "1790000001.5", ASKS_THE_DATABASE},
        {"claims", "exp", "\"1790000060\"", REFUSED},
        {"claims", "iat", NULL, ASKS_THE_DATABASE},
        {"claims", "iat", "1790000005", ASKS_THE_DATABASE},
        {"claims", "iat", "1790000006", REFUSED},
        {"claims", "iat", "\"\"", REFUSED},
        {"claims", "nbf", "1790000005", ASKS_THE_DATABASE},
        {"claims", "nbf", "1790000006", REFUSED},
        {"claims", "nbf", "null", REFUSED},
        {"claims", "nonce", "\"n\"", REFUSED},
        {"claims", "nonce", "null", REFUSED},
        {"claims", "at_hash", "\"h\"", REFUSED},
        {"claims", "c_hash", "\"h\"", REFUSED},
        {"claims", "s_hash", "\"h\"", REFUSED},
        {"claims", "events", "{\"http://schemas.openid.net/event/backchannel-logout\":{}}", REFUSED},
        {"claims", "events", "{}", REFUSED},
        {"claims", "events", "null", REFUSED},
        {"claims", "azp", "\"orgs\"", ASKS_THE_DATABASE}, /* its type says that it is an access token */
        {"claims", "azp", "7", REFUSED},
        {"claims", "azp", "null", REFUSED},
        {"claims", "client_id", "[]", REFUSED},
        {"claims", "sub", NULL, REFUSED},
        {"claims", "sub", "\"\"", REFUSED},
        {"claims", "sub", "7", REFUSED},
        {"claims", "sub", "[\"alice\"]", REFUSED},
        {"claims", "sub", "\"a\\nb\"", REFUSED},
        {"claims", "sub", "\"" LONGEST "\"", ASKS_THE_DATABASE},
        {"claims", "sub", "\"" LONGEST "x\"", REFUSED},
    };

    (void)state;
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), good_claims())), ASKS_THE_DATABASE);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *header = good_header();
        json_t *claims = good_claims();
        enum outcome outcome;

        set_member(strcmp(cases[i].part, "header") == 0 ? header : claims, cases[i].member, cases[i].value);
        outcome = outcome_of(sign(fixture.ec, header, claims));
        assert_case(outcome == cases[i].expected, i, outcomes[outcome]);
    }
}

/* RFC 8725, 3.1 and 3.2. */
static void test_forgeries(void **state)
{
    json_t *other = new_key("ES256", "ec");
    json_t *symmetric =
        json_pack("{s:s, s:s, s:O}", "kty", "oct", "alg", "HS256", "k", json_object_get(fixture.ec, "x"));
    json_t *header = good_header();
    struct text good = sign(fixture.ec, good_header(), good_claims());
    const char *payload = strchr(good.data, '.');

    (void)state;
    assert_int_equal(outcome_of(sign(other, json_incref(header), good_claims())), REFUSED);
    json_object_set(header, "jwk", other);
    assert_int_equal(outcome_of(sign(other, json_incref(header), good_claims())), REFUSED);
    json_object_del(header, "jwk");
    set_member(header, "alg", "\"HS256\"");
    assert_int_equal(outcome_of(sign(symmetric, json_incref(header), good_claims())), REFUSED);
    /* {"alg":"none"}, with and without a kid: no signature at all, and the old one. */
    assert_int_equal(outcome_of(text_of(arena_printf(fixture.arena, "eyJhbGciOiJub25lIn0%.*s.",
                                                     (int)(strrchr(good.data, '.') - payload), payload))),
                     REFUSED);
    assert_int_equal(outcome_of(text_of(arena_printf(fixture.arena, "eyJhbGciOiJub25lIiwia2lkIjoiZWMifQ%s", payload))),
                     REFUSED);
    /* Without anything. */
    assert_int_equal(outcome_of(text_of(
                         arena_printf(fixture.arena, "%.*s.", (int)(strrchr(good.data, '.') - good.data), good.data))),
                     REFUSED);
    json_decref(header);
    json_decref(symmetric);
    json_decref(other);
}

/* The algorithm must be allowed, even if a key would fit it. */
static void test_allow_list(void **state)
{
    json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "typ", "at+jwt", "kid", "rsa");

    (void)state;
    assert_int_equal(outcome_of(sign(fixture.rsa, json_incref(header), good_claims())), ASKS_THE_DATABASE);
    set_member(header, "alg", "\"PS256\"");
    assert_int_equal(outcome_of(sign(fixture.rsa, json_incref(header), good_claims())), REFUSED);
    fixture.issuer.algorithms = "PS256";
    assert_int_equal(outcome_of(sign(fixture.rsa, json_incref(header), good_claims())), ASKS_THE_DATABASE);
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), good_claims())), REFUSED);
    json_decref(header);
}

static void test_every_changed_character(void **state)
{
    struct text token = sign(fixture.ec, good_header(), good_claims());
    char *changed = arena_strndup(fixture.arena, token.data, token.length);

    (void)state;
    /* The last character of the signature holds bits that mean nothing. */
    for (size_t at = 0; at < token.length - 1; at++) {
        char original = changed[at];

        changed[at] = original == 'A' ? 'B' : 'A';
        assert_case(outcome_of((struct text){changed, token.length}) <= REFUSED, at, "accepted");
        changed[at] = original;
    }
    for (size_t length = 0; length < token.length; length++)
        assert_case(outcome_of((struct text){changed, length}) <= REFUSED, length, "accepted when cut");
}

static void test_what_is_no_token_of_theirs(void **state)
{
    const struct text cases[] = {
        TEXT(""),
        TEXT(".."),
        TEXT("a.b.c"),
        TEXT("\xff.\xff.\xff"),
        TEXT("e30.e30.e30"),
        TEXT("W10.W10.W10"),
        text_of(arena_printf(fixture.arena, "%09000d", 0)),
        text_of(arena_printf(fixture.arena, "e30.%08186d.A", 0)),
    };
    const struct call call = {.arena = fixture.arena, .now = now};
    struct jwt none = jwt_open(TEXT("a.b.c"));
    struct credential credential;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(outcome_of(cases[i]) == NOT_THEIRS, i, cases[i].data);
    assert_int_equal(issuers_verify(NULL, &call, &none, &credential, NULL), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_header_and_claims),
        TEST(test_forgeries),
        TEST(test_allow_list),
        TEST(test_every_changed_character),
        TEST(test_what_is_no_token_of_theirs),
    };

    return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
