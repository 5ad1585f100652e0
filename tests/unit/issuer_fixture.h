/* What the tests of another issuer's tokens share. */
#ifndef ORGD_ISSUER_FIXTURE_H
#define ORGD_ISSUER_FIXTURE_H

#include "domain/credentials/issuer.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/credentials/issuer_settings.h"
#include "unit.h"

#define ISSUER "https://idp.example.org"
#define NOW_S INT64_C(1790000000)

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONGEST FIFTY FIFTY FIFTY FIFTY FIFTY "12345" /* 255 bytes */

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

static inline json_t *new_key(const char *algorithm, const char *kid)
{
    json_t *key = json_pack("{s:s}", "alg", algorithm);

    assert_true(jose_jwk_gen(NULL, key));
    json_object_del(key, "key_ops");
    json_object_set_new(key, "kid", json_string(kid));
    return key;
}

static inline int set_up(void **state)
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
                                                   .token_types = "at+jwt",
                                                   .clients = "",
                                                   .user_claim = "sub",
                                                   .match_users = "no",
                                                   .provision = "no",
                                                   .superusers = "no"};
    fixture.issuer = (struct issuer_settings){.next = &fixture.unavailable,
                                              .url = ISSUER,
                                              .audience = "orgs",
                                              .jwks = fixture.path,
                                              .algorithms = "ES256 RS256",
                                              .token_types = "at+jwt",
                                              .clients = "",
                                              .user_claim = "sub",
                                              .match_users = "no",
                                              .provision = "no",
                                              .superusers = "no"};
    fixture.config.issuers = &fixture.issuer;
    fixture.db = db_open(&no_database);
    fixture.issuers = issuers_open(&fixture.config);
    return 0;
}

static inline int tear_down(void **state)
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

static inline enum outcome outcome_of(struct text token)
{
    struct credential credential;
    struct error err = {.kind = ERR_NONE};
    const struct call call = {.db = fixture.db, .arena = fixture.arena, .now = now};
    struct jwt jwt = jwt_open(token);
    int result = issuers_verify(fixture.issuers, &call, &jwt, &credential, &err);

    jwt_close(&jwt);
    assert_true(result <= 0); /* without a database nobody gets in */
    if (result == 0)
        return NOT_THEIRS;
    if (err.kind == ERR_UNAVAILABLE)
        return strstr(err.message, "issuer") != NULL ? UNAVAILABLE : ASKS_THE_DATABASE;
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    assert_string_equal(err.message, "The access token is malformed, forged, expired or not meant for this service.");
    return REFUSED;
}

static inline json_t *good_header(void)
{
    return json_pack("{s:s, s:s, s:s}", "alg", "ES256", "typ", "at+jwt", "kid", "ec");
}

static inline json_t *good_claims(void)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", ISSUER, "aud", "orgs", "sub", "alice", "iat",
                     (json_int_t)NOW_S, "exp", (json_int_t)NOW_S + 60);
}

/* Consumes header and claims. */
static inline struct text sign(const json_t *key, json_t *header, json_t *claims)
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

static inline void set_member(json_t *object, const char *name, const char *value)
{
    if (value == NULL)
        json_object_del(object, name);
    else
        json_object_set_new(object, name, json_loads(value, JSON_DECODE_ANY, NULL));
}

#endif
