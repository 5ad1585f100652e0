#include "domain/credentials/issuer.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/credentials/issuer_account.h"
#include "unit.h"

#define ISSUER "https://idp.example.org"
#define NOW_S INT64_C(1790000000)

static const struct timestamp now = {NOW_S * US_PER_S + 999999};

/* One issuer with two keys in a file. There is no database: a token that is good gets as far as asking it. */
static struct {
    char path[40];
    struct arena *arena;
    json_t *ec;
    json_t *rsa;
    struct db *db;
    struct issuer_settings issuer;
    struct issuer_settings unavailable;
    struct config config;
    struct issuers *issuers;
} fixture;

static const struct db_options no_database = {
    .option_file = "/nonexistent/my.cnf", .group = "orgd", .timeout_s = 1, .lock_timeout_s = 1};

static json_t *new_key(const char *algorithm, const char *kid)
{
    json_t *key = json_pack("{s:s}", "alg", algorithm);

    assert_true(jose_jwk_gen(NULL, key));
    json_object_del(key, "key_ops");
    json_object_set_new(key, "kid", json_string(kid));
    return key;
}

static int set_up(void **state)
{
    struct error err;
    json_t *set;
    int fd;

    (void)state;
    strcpy(fixture.path, "/tmp/orgd-test-issuer-XXXXXX");
    fd = mkstemp(fixture.path);
    if (fd < 0 || close(fd) != 0 || log_open("test", "none", LOG_LEVEL_ERROR, &err) < 0)
        return -1;
    fixture.arena = arena_open();
    fixture.ec = new_key("ES256", "ec");
    fixture.rsa = new_key("RS256", "rsa");
    json_object_del(fixture.rsa, "alg"); /* so that PS256 would fit as well */
    set = json_pack("{s:[O, O]}", "keys", fixture.ec, fixture.rsa);
    if (json_dump_file(set, fixture.path, 0) != 0)
        return -1;
    json_decref(set);
    fixture.unavailable = (struct issuer_settings){.url = "https://away.example.org",
                                                   .audience = "orgs",
                                                   .jwks = "/nonexistent/jwks.json",
                                                   .algorithms = "ES256",
                                                   .user_claim = "sub",
                                                   .provision = "no"};
    fixture.issuer = (struct issuer_settings){.next = &fixture.unavailable,
                                              .url = ISSUER,
                                              .audience = "orgs",
                                              .jwks = fixture.path,
                                              .algorithms = "ES256 RS256",
                                              .user_claim = "sub",
                                              .provision = "no"};
    fixture.config.issuers = &fixture.issuer;
    fixture.db = db_open(&no_database);
    fixture.issuers = issuers_open(&fixture.config);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    issuers_close(fixture.issuers);
    db_close(fixture.db);
    json_decref(fixture.rsa);
    json_decref(fixture.ec);
    arena_close(fixture.arena);
    return unlink(fixture.path);
}

enum outcome { NOT_THEIRS, REFUSED, UNAVAILABLE, ASKS_THE_DATABASE };

static const char *const outcomes[] = {"not theirs", "refused", "unavailable", "asks the database"};

static enum outcome outcome_of(struct text token)
{
    struct credential credential;
    struct error err = {.kind = ERR_NONE};
    const struct call call = {.db = fixture.db, .arena = fixture.arena, .now = now};
    int result = issuers_verify(fixture.issuers, &call, token, &credential, &err);

    assert_true(result <= 0); /* without a database nobody gets in */
    if (result == 0)
        return NOT_THEIRS;
    if (err.kind == ERR_UNAVAILABLE)
        return strstr(err.message, "issuer") != NULL ? UNAVAILABLE : ASKS_THE_DATABASE;
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    assert_string_equal(err.message, "The access token is malformed, forged, expired or not meant for this service.");
    return REFUSED;
}

static json_t *good_header(void)
{
    return json_pack("{s:s, s:s, s:s}", "alg", "ES256", "typ", "at+jwt", "kid", "ec");
}

static json_t *good_claims(void)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", ISSUER, "aud", "orgs", "sub", "alice", "iat",
                     (json_int_t)NOW_S, "exp", (json_int_t)NOW_S + 60);
}

/* Consumes header and claims. */
static struct text sign(const json_t *key, json_t *header, json_t *claims)
{
    json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
    json_t *signature = json_pack("{s:o}", "protected", header);
    struct text token;

    assert_true(jose_jws_sig(NULL, jws, signature, key));
    token = text_of(arena_printf(fixture.arena, "%s.%s.%s", json_string_value(json_object_get(jws, "protected")),
                                 json_string_value(json_object_get(jws, "payload")),
                                 json_string_value(json_object_get(jws, "signature"))));
    json_decref(claims);
    json_decref(signature);
    json_decref(jws);
    return token;
}

static void set_member(json_t *object, const char *name, const char *value)
{
    if (value == NULL)
        json_object_del(object, name);
    else
        json_object_set_new(object, name, json_loads(value, JSON_DECODE_ANY, NULL));
}

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
        {"header", "typ", "\"jwt\"", ASKS_THE_DATABASE},
        {"header", "typ", NULL, ASKS_THE_DATABASE},
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
        {"claims", "sub", NULL, REFUSED},
        {"claims", "sub", "\"\"", REFUSED},
        {"claims", "sub", "7", REFUSED},
        {"claims", "sub", "[\"alice\"]", REFUSED},
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
    json_t *header = json_pack("{s:s, s:s}", "alg", "RS256", "kid", "rsa");

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
    struct credential credential;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(outcome_of(cases[i]) == NOT_THEIRS, i, cases[i].data);
    assert_int_equal(issuers_verify(NULL, &call, TEXT("a.b.c"), &credential, NULL), 0);
}

/* The claim that names the user is the configuration's choice. */
static void test_user_claim(void **state)
{
    json_t *claims = good_claims();

    (void)state;
    fixture.issuer.user_claim = "username";
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), json_incref(claims))), REFUSED);
    set_member(claims, "username", "\"alice\"");
    json_object_del(claims, "sub");
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), claims)), ASKS_THE_DATABASE);
}

/* The id is an interface: it is in databases. */
static void test_credential_id(void **state)
{
    struct id id = issuer_account_credential(&fixture.issuer, TEXT("alice"), fixture.arena);
    struct id other = issuer_account_credential(&fixture.issuer, TEXT("Alice"), fixture.arena);
    struct issuer_settings shifted = {.url = ISSUER "a"};
    struct id third = issuer_account_credential(&shifted, TEXT("lice"), fixture.arena);
    char text[ID_TEXT_SIZE];

    (void)state;
    id_format(&id, text);
    assert_string_equal(text, "138389bb-1a82-86c2-8da1-d8b703e29332");
    assert_false(id_equal(&id, &other) || id_equal(&id, &third));
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
        TEST(test_user_claim),
        TEST(test_credential_id),
    };

    return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
