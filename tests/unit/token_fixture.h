/* What the tests of access tokens and of their key file share. */
#ifndef ORGD_TOKEN_FIXTURE_H
#define ORGD_TOKEN_FIXTURE_H

#include <jose/b64.h>

#include "domain/credentials/access_token.h"
#include "key_file.h"
#include "unit.h"

#define ISSUER "https://api.example.org/v1"
#define NOW_S INT64_C(1790000000)

static const struct timestamp now = {NOW_S * US_PER_S + 999999};
static const struct token_terms terms = {.issuer = ISSUER, .lifetime_s = 3600};
static const struct token_subject subject = {
    .account_id = {{1, 2, 3}}, .credential_id = {{4, 5, 6}}, .kind = CREDENTIAL_OF_SERVICE, .generation = 7};

struct fixture {
    char path[KEY_FILE_PATH_SIZE];
    struct arena *arena;
    const char *kid;
    struct token_keys *keys;
};

/* A key file of its own for each test, open. */
static inline int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.arena = arena_open()};
    *state = &fixture;
    return open_key_file(fixture.path, fixture.arena, &fixture.kid, &fixture.keys);
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_close(fixture->arena);
    return close_key_file(fixture->path, fixture->keys);
}

static inline int verify_at(struct fixture *fixture, struct text token, int64_t seconds, struct credential *out)
{
    struct error err = {.kind = ERR_NONE};
    int result;

    token_keys_begin(fixture->keys);
    result = token_verify(fixture->keys, &terms, token, (struct timestamp){seconds * US_PER_S}, out, &err);

    /* The answer never says which check failed. */
    if (result < 0) {
        assert_int_equal(err.kind, ERR_UNAUTHORIZED);
        assert_string_equal(err.message,
                            "The access token is malformed, forged, expired or not meant for this service.");
    }
    return result;
}

static inline int verify(struct fixture *fixture, struct text token)
{
    struct credential credential;

    return verify_at(fixture, token, NOW_S, &credential);
}

static inline struct text issue(struct fixture *fixture)
{
    struct text token;
    struct error err;

    token_keys_begin(fixture->keys);
    assert_int_equal(token_issue(fixture->keys, &terms, &subject, now, fixture->arena, &token, &err), 0);
    return token;
}

/* One of the three parts of a token, decoded; the caller releases it. */
static inline json_t *part_of(struct text token, int index)
{
    const char *start = token.data;
    json_t *encoded;
    json_t *part;

    for (int i = 0; i < index; i++)
        start = strchr(start, '.') + 1;
    encoded = json_stringn(start, strcspn(start, "."));
    part = jose_b64_dec_load(encoded);
    json_decref(encoded);
    return part;
}

static inline json_t *first_key(const char *path)
{
    struct error err;
    json_t *set;
    json_t *key;

    assert_int_equal(token_file_read(path, &set, &err), 0);
    key = json_incref(json_array_get(json_object_get(set, "keys"), 0));
    json_decref(set);
    return key;
}

#endif
