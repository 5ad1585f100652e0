#include "domain/credentials/access_token.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdio.h>

#include "base/text.h"
#include "token_fixture.h"
#include "unit.h"

static void test_issue_and_verify(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    struct credential credential;

    assert_int_equal(verify_at(fixture, token, NOW_S, &credential), 0);
    assert_true(credential.is_token);
    assert_true(id_equal(&credential.account_id, &subject.account_id));
    assert_true(id_equal(&credential.id, &subject.credential_id));
    assert_int_equal(credential.generation, subject.generation);
    assert_int_equal(credential.presented.us, NOW_S * US_PER_S);
    assert_int_equal(credential.kind, CREDENTIAL_OF_SERVICE);
}

/* RFC 9068, 2. */
static void test_form(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    json_t *header = part_of(token, 0);
    json_t *claims = part_of(token, 1);

    assert_int_equal(json_object_size(header), 3);
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "ES256");
    assert_string_equal(json_string_value(json_object_get(header, "typ")), "at+jwt");
    assert_string_equal(json_string_value(json_object_get(header, "kid")), fixture->kid);
    assert_int_equal(json_object_size(claims), 10);
    assert_string_equal(json_string_value(json_object_get(claims, "iss")), ISSUER);
    assert_string_equal(json_string_value(json_object_get(claims, "aud")), ISSUER);
    assert_string_equal(json_string_value(json_object_get(claims, "sub")), "01020300-0000-0000-0000-000000000000");
    assert_string_equal(json_string_value(json_object_get(claims, "cred")), "04050600-0000-0000-0000-000000000000");
    assert_int_equal(json_integer_value(json_object_get(claims, "gen")), 7);
    assert_string_equal(json_string_value(json_object_get(claims, "cred_kind")), "service");
    assert_string_equal(json_string_value(json_object_get(claims, "client_id")),
                        "04050600-0000-0000-0000-000000000000");
    assert_int_equal(strlen(json_string_value(json_object_get(claims, "jti"))), 36);
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), NOW_S);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), NOW_S + 3600);
    json_decref(header);
    json_decref(claims);
}

static void test_two_tokens_of_one_moment_differ(void **state)
{
    struct text first = issue(*state);
    struct text second = issue(*state);
    json_t *a = part_of(first, 1);
    json_t *b = part_of(second, 1);

    assert_string_not_equal(json_string_value(json_object_get(a, "jti")), json_string_value(json_object_get(b, "jti")));
    json_decref(a);
    json_decref(b);
}

/* To the second, and just the same for a token that is remembered. */
static void test_expiry(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    struct credential credential;

    assert_int_equal(verify_at(fixture, token, NOW_S + 3600, &credential), -1);
    assert_int_equal(verify_at(fixture, token, NOW_S + 3599, &credential), 0);
    assert_int_equal(verify_at(fixture, token, NOW_S + 3600, &credential), -1);
    assert_int_equal(verify_at(fixture, token, NOW_S + 1000000, &credential), -1);
}

/* Any other character anywhere makes it worthless. The last one of the signature holds bits that mean nothing. */
static void test_every_changed_character(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    char *changed = arena_strndup(fixture->arena, token.data, token.length);

    for (size_t at = 0; at < token.length - 1; at++) {
        char original = changed[at];

        changed[at] = original == 'A' ? 'B' : 'A';
        assert_case(verify(fixture, (struct text){changed, token.length}) == -1, at, "accepted");
        changed[at] = original;
    }
    for (size_t length = 0; length < token.length; length++)
        assert_case(verify(fixture, (struct text){changed, length}) == -1, length, "accepted when cut");
    assert_int_equal(verify(fixture, token), 0);
}

static void test_malformed(void **state)
{
    struct fixture *fixture = *state;
    struct text good = issue(fixture);
    const struct text cases[] = {
        TEXT(""),
        TEXT("."),
        TEXT(".."),
        TEXT("..."),
        TEXT("a.b.c"),
        TEXT("\xff.\xff.\xff"),
        TEXT("e30.e30.e30"),
        TEXT("bnVsbA.bnVsbA.bnVsbA"), /* null */
        TEXT("W10.W10.W10"),          /* [] */
        TEXT("eyJhbGciOjF9.e30."),    /* {"alg":1} */
        text_of(arena_printf(fixture->arena, "%s.", good.data)),
        text_of(arena_printf(fixture->arena, ".%s", good.data)),
        text_of(arena_printf(fixture->arena, "%s ", good.data)),
        text_of(arena_printf(fixture->arena, " %s", good.data)),
        text_of(arena_printf(fixture->arena, "%s=", good.data)),
        text_of(arena_printf(fixture->arena, "%s.e30", good.data)),
        text_of(arena_printf(fixture->arena, "%05000d", 0)),
        {good.data, good.length + 1}, /* the NUL as part of it */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(verify(fixture, cases[i]) == -1, i, cases[i].data);
}

/* A token with these header and claims, signed with this key as an attacker or another service might. Each given object
 * is consumed. */
static struct text sign(struct arena *arena, const json_t *key, json_t *header, json_t *claims)
{
    json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
    json_t *signature = json_pack("{s:o}", "protected", header);
    struct text token;

    assert_true(jose_jws_sig(NULL, jws, signature, key));
    token = text_of(arena_printf(arena, "%s.%s.%s", json_string_value(json_object_get(jws, "protected")),
                                 json_string_value(json_object_get(jws, "payload")),
                                 json_string_value(json_object_get(jws, "signature"))));
    json_decref(claims);
    json_decref(signature);
    json_decref(jws);
    return token;
}

static json_t *good_header(const struct fixture *fixture)
{
    return json_pack("{s:s, s:s, s:s}", "alg", "ES256", "typ", "at+jwt", "kid", fixture->kid);
}

static json_t *good_claims(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:I}", "iss", ISSUER, "aud", ISSUER, "sub",
                     "01020300-0000-0000-0000-000000000000", "client_id", "c", "cred",
                     "04050600-0000-0000-0000-000000000000", "cred_kind", "service", "gen", 7, "jti", "j", "iat",
                     (json_int_t)NOW_S, "exp", (json_int_t)NOW_S + 60);
}

/* Everything in the header and the claims is checked, even under a good signature. */
static void test_header_and_claims(void **state)
{
    static const struct {
        const char *part;
        const char *member;
        const char *value; /* as JSON; NULL removes it */
        int expected;
    } cases[] = {
        {"claims", "unknown", "1", 0},
        {"header", "typ", "\"application/at+jwt\"", 0},
        {"header", "typ", "\"AT+JWT\"", 0},
        {"header", "typ", "\"JWT\"", -1},
        {"header", "typ", NULL, -1},
        {"header", "typ", "5", -1},
        {"header", "kid", NULL, -1},
        {"header", "kid", "\"another\"", -1},
        {"header", "kid", "{}", -1},
        {"header", "crit", "[\"b64\"]", -1},
        {"header", "crit", "[]", -1},
        {"claims", "iss", NULL, -1},
        {"claims", "iss", "\"https://api.example.org/v1/\"", -1},
        {"claims", "iss", "[\"" ISSUER "\"]", -1},
        {"claims", "aud", NULL, -1},
        {"claims", "aud", "\"https://other.example.org\"", -1},
        {"claims", "aud", "[\"https://other.example.org\",\"" ISSUER "\"]", 0},
        {"claims", "aud", "[\"https://other.example.org\",7]", -1},
        {"claims", "aud", "[]", -1},
        {"claims", "aud", "{\"" ISSUER "\":1}", -1},
        {"claims", "exp", NULL, -1},
        {"claims", "exp", "1790000000", -1},
        {"claims", "exp", "1790000001", 0},
        {"claims", "exp", "1790000060.5", -1},
        {"claims", "exp", "\"1790000060\"", -1},
        {"claims", "exp", "-1", -1},
        {"claims", "iat", NULL, -1},
        {"claims", "iat", "1790000005", 0}, /* clocks differ by a few seconds */
        {"claims", "iat", "1790000006", -1},
        {"claims", "iat", "\"1790000000\"", -1},
        {"claims", "nbf", "1790000005", 0},
        {"claims", "nbf", "1790000006", -1},
        {"claims", "nbf", "\"\"", -1},
        {"claims", "jti", NULL, -1},
        {"claims", "jti", "1", -1},
        {"claims", "client_id", NULL, -1},
        {"claims", "sub", NULL, -1},
        {"claims", "sub", "\"admin\"", -1},
        {"claims", "sub", "7", -1},
        {"claims", "cred", NULL, -1},
        {"claims", "gen", NULL, -1},
        {"claims", "gen", "\"1\"", -1},
        {"claims", "gen", "1.0", -1},
        {"claims", "cred_kind", NULL, -1},
        {"claims", "cred_kind", "\"session\"", -1},
        {"claims", "cred_kind", "1", -1},
        {"claims", "cred", "\"01020300-0000-0000-0000-00000000000\"", -1},
    };
    struct fixture *fixture = *state;
    json_t *key = first_key(fixture->path);

    assert_int_equal(verify(fixture, sign(fixture->arena, key, good_header(fixture), good_claims())), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *header = good_header(fixture);
        json_t *claims = good_claims();
        json_t *part = strcmp(cases[i].part, "header") == 0 ? header : claims;

        if (cases[i].value == NULL)
            json_object_del(part, cases[i].member);
        else
            json_object_set_new(part, cases[i].member, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        assert_case(verify(fixture, sign(fixture->arena, key, header, claims)) == cases[i].expected, i,
                    cases[i].member);
    }
    json_decref(key);
}

static void test_claims_that_are_no_object(void **state)
{
    struct fixture *fixture = *state;
    json_t *key = first_key(fixture->path);

    assert_int_equal(verify(fixture, sign(fixture->arena, key, good_header(fixture), json_pack("[]"))), -1);
    assert_int_equal(verify(fixture, sign(fixture->arena, key, good_header(fixture), json_pack("[o]", good_claims()))),
                     -1);
    json_decref(key);
}

/* RFC 8725: keys and algorithms are not the sender's to choose. */
static void test_forgeries(void **state)
{
    struct fixture *fixture = *state;
    json_t *ours = first_key(fixture->path);
    json_t *other = json_pack("{s:s}", "alg", "ES256");
    json_t *symmetric = json_pack("{s:s, s:s, s:O}", "kty", "oct", "alg", "HS256", "k", json_object_get(ours, "x"));
    json_t *header = good_header(fixture);
    struct text unsigned_token;
    json_t *encoded_header;
    json_t *encoded_claims;
    json_t *claims = good_claims();

    /* Another key under our kid, also when the header carries it. */
    assert_true(jose_jwk_gen(NULL, other));
    assert_int_equal(verify(fixture, sign(fixture->arena, other, json_incref(header), good_claims())), -1);
    json_object_set(header, "jwk", other);
    assert_int_equal(verify(fixture, sign(fixture->arena, other, json_incref(header), good_claims())), -1);
    json_object_del(header, "jwk");

    /* The public key as the secret of an HMAC. */
    json_object_set_new(header, "alg", json_string("HS256"));
    assert_int_equal(verify(fixture, sign(fixture->arena, symmetric, json_incref(header), good_claims())), -1);

    /* No signature at all. */
    json_object_set_new(header, "alg", json_string("none"));
    encoded_header = jose_b64_enc_dump(header);
    encoded_claims = jose_b64_enc_dump(claims);
    unsigned_token = text_of(
        arena_printf(fixture->arena, "%s.%s.", json_string_value(encoded_header), json_string_value(encoded_claims)));
    assert_int_equal(verify(fixture, unsigned_token), -1);

    json_decref(encoded_header);
    json_decref(encoded_claims);
    json_decref(claims);
    json_decref(header);
    json_decref(symmetric);
    json_decref(other);
    json_decref(ours);
}

/* A signature of zeros verifies nothing (CVE-2022-21449 was that). */
static void test_signature_of_zeros(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    const char *signature = strrchr(token.data, '.') + 1;
    char *forged = arena_strndup(fixture->arena, token.data, token.length);

    memset(forged + (signature - token.data), 'A', strlen(signature));
    assert_int_equal(verify(fixture, text_of(forged)), -1);
}

/* A file that is broken for a moment is no reason to refuse good tokens. */
static void test_keys_outlive_their_file(void **state)
{
    struct fixture *fixture = *state;
    struct text token = issue(fixture);
    struct text unknown;
    json_t *key = first_key(fixture->path);
    json_t *header = good_header(fixture);
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    fputs("{\"keys\":[", file);
    fclose(file);
    json_object_set_new(header, "kid", json_string("unknown"));
    unknown = sign(fixture->arena, key, header, good_claims());
    json_decref(key);
    assert_int_equal(verify(fixture, unknown), -1); /* this reads the file */
    assert_int_equal(verify(fixture, token), 0);
    assert_int_equal(verify(fixture, issue(fixture)), 0);
}

/* More tokens than are remembered push each other out, and all stay good. */
static void test_more_tokens_than_are_remembered(void **state)
{
    struct fixture *fixture = *state;
    struct text tokens[300];

    for (size_t i = 0; i < ARRAY_LENGTH(tokens); i++)
        tokens[i] = issue(fixture);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < ARRAY_LENGTH(tokens); i++)
            assert_int_equal(verify(fixture, tokens[i]), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_issue_and_verify),
        TEST(test_form),
        TEST(test_two_tokens_of_one_moment_differ),
        TEST(test_expiry),
        TEST(test_every_changed_character),
        TEST(test_malformed),
        TEST(test_header_and_claims),
        TEST(test_claims_that_are_no_object),
        TEST(test_forgeries),
        TEST(test_signature_of_zeros),
        TEST(test_keys_outlive_their_file),
        TEST(test_more_tokens_than_are_remembered),
    };

    return cmocka_run_group_tests_name("access_token", tests, NULL, NULL);
}
