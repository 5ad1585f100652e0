#include "domain/credentials/jwt.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>

#include "base/text.h"
#include "unit.h"

#define SHORT_N                                                                                                        \
    "tNdTNziJvuzm5nVwJLEEb3zghNo8x8YuyBV4SZpl8y13CiqR9HDs22ljFTVZEnQcsEUr7R_xF4VM-DHtwMeEWpZFAH4POzxQ2dT9"             \
    "W7bRePYDgi-X4GAiiQ8RPlBYIHWjqVet33c4XuMYC8QCxnFa4zZJY2XqPI6MK6Dvf9P9JIs"

#define SHORT_TOKEN                                                                                                    \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.ocNsbXe6ilOnR7Fh3puUTp7e7ErOtw8gGcSCZxtKT495eFoa4LvS83BUst5"             \
    "Ygo9eFKAG9-BaXtC25Ls0I-yy54OicbZftJN4ldUBu9HWYrWyQSBD7pFnPA4h1VKSPTIm0WgtR_tUkjsitZMbObp3OQWTTdjeLsK"             \
    "EAWkCzU0uVKg"

static void test_split(void **state)
{
    static const struct {
        const char *token;
        bool is_good;
    } cases[] = {
        {"a.b.c", true}, {"..", true},       {"", false},
        {".", false},    {"a.b", false},     {"...", false},
        {"abc", false},  {"a.b.c.d", false}, {"\xff.\xff.\xff", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *jws = jwt_split(text_of(cases[i].token));

        assert_case((jws != NULL) == cases[i].is_good, i, cases[i].token);
        json_decref(jws);
    }
}

static void test_parts(void **state)
{
    json_t *jws = jwt_split(TEXT("eyJhIjoxfQ.W10.e30="));
    json_t *part = jwt_part(jws, "protected");

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(part, "a")), 1);
    assert_null(jwt_part(jws, "payload"));   /* [] */
    assert_null(jwt_part(jws, "signature")); /* base64url has no padding */
    assert_null(jwt_part(jws, "unknown"));
    json_decref(part);
    json_decref(jws);
}

/* Each algorithm with the key of each: only its own kind fits, and the signature is checked with what the key says. */
static void test_algorithms_and_keys(void **state)
{
    static const char *const algorithms[] = {"ES256", "ES384", "ES512", "RS256", "RS384",
                                             "RS512", "PS256", "PS384", "PS512"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++) {
        json_t *key = json_pack("{s:s}", "alg", algorithms[i]);

        assert_true(jose_jwk_gen(NULL, key));
        json_object_del(key, "key_ops"); /* libjose: sign and verify */
        for (size_t j = 0; j < ARRAY_LENGTH(algorithms); j++)
            assert_case(jwt_key_fits(key, algorithms[j]) == (i == j), i * 10 + j, algorithms[j]);
        json_object_del(key, "alg");
        for (size_t j = 0; j < ARRAY_LENGTH(algorithms); j++)
            assert_case(jwt_key_fits(key, algorithms[j]) == (i < 3 ? i == j : j >= 3), i * 10 + j, algorithms[j]);
        json_decref(key);
    }
}

static void test_keys_that_do_not_fit(void **state)
{
    static const struct {
        const char *key;
        const char *algorithm;
        bool fits;
    } cases[] = {
        {"{\"kty\":\"RSA\"}", "RS256", true},
        {"{\"kty\":\"RSA\"}", "none", false},
        {"{\"kty\":\"RSA\"}", "HS256", false},
        {"{\"kty\":\"RSA\"}", "RSA-OAEP", false},
        {"{\"kty\":\"RSA\"}", "", false},
        {"{\"kty\":\"RSA\"}", "rs256", false},
        {"{\"kty\":\"RSA\",\"use\":\"sig\"}", "RS256", true},
        {"{\"kty\":\"RSA\",\"use\":\"enc\"}", "RS256", false},
        {"{\"kty\":\"RSA\",\"use\":7}", "RS256", false},
        {"{\"kty\":\"RSA\",\"key_ops\":[\"verify\"]}", "RS256", true},
        {"{\"kty\":\"RSA\",\"key_ops\":[\"encrypt\"]}", "RS256", false},
        {"{\"kty\":\"RSA\",\"key_ops\":[]}", "RS256", false},
        {"{\"kty\":\"RSA\",\"key_ops\":\"verify\"}", "RS256", false},
        {"{\"kty\":\"RSA\",\"alg\":\"RS512\"}", "RS256", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "ES256", true},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\"}", "ES256", false},
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\"}", "ES256", false},
        {"{\"kty\":\"EC\"}", "ES256", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "RS256", false},
        {"{\"kty\":\"oct\",\"k\":\"AAAA\"}", "HS256", false},
        {"{\"kty\":\"oct\",\"k\":\"AAAA\"}", "RS256", false},
        {"{}", "RS256", false},
        {"[]", "RS256", false},
        {"7", "RS256", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *key = json_loads(cases[i].key, JSON_DECODE_ANY, NULL);

        assert_case(jwt_key_fits(key, cases[i].algorithm) == cases[i].fits, i, cases[i].key);
        json_decref(key);
    }
}

static void test_signature(void **state)
{
    json_t *key = json_pack("{s:s}", "alg", "ES256");
    json_t *other = json_pack("{s:s}", "alg", "ES256");
    json_t *jws = json_pack("{s:s}", "payload", "e30");
    json_t *header = json_pack("{s:{s:s}}", "protected", "alg", "ES256");

    (void)state;
    assert_true(jose_jwk_gen(NULL, key) && jose_jwk_gen(NULL, other) && jose_jws_sig(NULL, jws, header, key));
    assert_true(jose_jwk_pub(NULL, key) && jose_jwk_pub(NULL, other));
    assert_true(jwt_is_signed_by(jws, key));
    assert_false(jwt_is_signed_by(jws, other));
    json_object_set_new(jws, "payload", json_string("e31"));
    assert_false(jwt_is_signed_by(jws, key));
    json_decref(header);
    json_decref(jws);
    json_decref(other);
    json_decref(key);
}

/* RFC 7518, 3.3 requires 2048 bits at least. Except for that, this key and signature are good. */
static void test_short_rsa_key(void **state)
{
    json_t *key = json_loads("{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" SHORT_N "\"}", 0, NULL);
    json_t *jws = jwt_split(TEXT(SHORT_TOKEN));

    (void)state;
    assert_non_null(key);
    assert_non_null(jws);
    assert_false(jwt_is_signed_by(jws, key));
    json_decref(jws);
    json_decref(key);
}

static void test_audience(void **state)
{
    static const struct {
        const char *audience;
        bool is_named;
    } cases[] = {
        {"\"orgs\"", true},      {"\"Orgs\"", false}, {"\"orgs/\"", false},           {"[\"a\",\"orgs\"]", true},
        {"[\"a\"]", false},      {"[]", false},       {"{\"orgs\":\"orgs\"}", false}, {"7", false},
        {"[[\"orgs\"]]", false}, {"null", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *audience = json_loads(cases[i].audience, JSON_DECODE_ANY, NULL);

        assert_case(jwt_names_audience(audience, "orgs") == cases[i].is_named, i, cases[i].audience);
        json_decref(audience);
    }
    assert_false(jwt_names_audience(NULL, "orgs"));
}

static void test_times(void **state)
{
    static const struct {
        const char *claims;
        int64_t expected; /* -1: none */
    } cases[] = {
        {"{\"exp\":1790000000}", 1790000000},
        {"{\"exp\":1790000000.9}", 1790000000},
        {"{\"exp\":1.79e9}", 1790000000},
        {"{\"exp\":0}", 0},
        {"{\"exp\":-1}", -1},
        {"{\"exp\":\"1790000000\"}", -1},
        {"{\"exp\":null}", -1},
        {"{\"exp\":1e300}", -1},
        {"{\"exp\":9223372036854775807}", -1},
        {"{\"exp\":[1]}", -1},
        {"{}", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *claims = json_loads(cases[i].claims, 0, NULL);
        int64_t time_s = -1;

        assert_case(jwt_read_time(claims, "exp", &time_s) == (cases[i].expected >= 0), i, cases[i].claims);
        assert_int_equal(time_s, cases[i].expected);
        json_decref(claims);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_algorithms_and_keys),
        cmocka_unit_test(test_keys_that_do_not_fit),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_short_rsa_key),
        cmocka_unit_test(test_audience),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
