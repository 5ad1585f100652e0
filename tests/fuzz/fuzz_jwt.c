/* Bearer credentials. The input's first line says who signs a JWT whose header is the second line and whose claims are
 * the rest; anything else in the first line leaves the rest as it is, where {h}, {p}, {s} stand for the parts of a good
 * token of ours, {H}, {P}, {S} for those of the other issuer's, and {key} and so on for what world.h has. What was not
 * signed by a trusted key is never accepted, nor anything that does not say what RFC 9068 asks for. With FUZZ_SHOW in
 * the environment it is printed what was accepted. */
#include <assert.h>
#include <jose/b64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/credentials/bearer.h"
#include "domain/credentials/jwt.h"
#include "fake_db.h"
#include "fuzz.h"
#include "keys.h"
#include "world.h"

enum trust { TRUST_OURS, TRUST_ISSUER, TRUST_NOBODY };

static struct {
    const char *name;
    const char *set;
    size_t index;
    enum trust trust;
    json_t *key;
} signers[] = {
    {"ours", keys_ours, 0, TRUST_OURS, NULL},
    {"retired", keys_ours, 1, TRUST_OURS, NULL},
    {"issuer", keys_issuer, 0, TRUST_ISSUER, NULL},
    {"issuer-rsa", keys_issuer, 1, TRUST_ISSUER, NULL},
    {"stranger", keys_stranger, 0, TRUST_NOBODY, NULL},
    {"stranger-issuer", keys_stranger, 1, TRUST_NOBODY, NULL},
    {"hmac", NULL, 0, TRUST_NOBODY, NULL},
};

static const struct config *config;
static struct token_terms terms = {.issuer = WORLD_PUBLIC_URL, .lifetime_s = 3600};
static struct db *db;
static struct bearer_trust trust = {.terms = &terms};
static struct timestamp now;
static struct arena *forever;
static const char *good_token;
static const char *good_issuer_token;

/* A symmetric key made of what everybody knows: the modulus of a public key. */
static json_t *open_hmac_key(void)
{
    json_t *public_key = keys_open(keys_ours, 1);
    json_t *key = json_pack("{s:s, s:s, s:O, s:s}", "kty", "oct", "alg", "HS256", "k", json_object_get(public_key, "n"),
                            "kid", "retired");

    json_decref(public_key);
    return key;
}

static const char *word(const char *name)
{
    return world_expand(forever, text_of(name)).data;
}

/* The token, and who has signed it. */
struct made {
    const char *token; /* NULL: the key cannot sign that */
    enum trust signed_by;
};

/* The part of a token that is number `index`. */
static struct text part(const char *token, int index)
{
    for (; index > 0; index--)
        token = strchr(token, '.') + 1;
    return (struct text){token, strcspn(token, ".")};
}

static const char *expand(struct arena *arena, struct text input)
{
    static const char parts[] = "hpsHPS";
    struct buf out;
    const char *result;

    buf_init(&out, (size_t)64 * 1024);
    for (size_t at = 0; at < input.length; at++) {
        const char *name = input.length - at > 2 && input.data[at] == '{' && input.data[at + 2] == '}'
                               ? strchr(parts, input.data[at + 1])
                               : NULL;

        if (name == NULL || *name == '\0') {
            buf_add_char(&out, input.data[at]);
        } else {
            struct text text = part(name - parts < 3 ? good_token : good_issuer_token, (int)(name - parts) % 3);

            buf_add(&out, text.data, text.length);
            at += 2;
        }
    }
    result = world_expand(arena, (struct text){out.data, out.length}).data;
    buf_release(&out);
    return result;
}

static bool starts_with_signed_part(const char *token, const char *good)
{
    size_t length = (size_t)(strrchr(good, '.') - good) + 1;

    return strncmp(token, good, length) == 0;
}

static struct made make(struct arena *arena, struct text signer, struct text header, struct text claims)
{
    const char *token;
    struct text trimmed;

    for (size_t i = 0; i < ARRAY_LENGTH(signers); i++)
        if (text_equal(signer, text_of(signers[i].name)))
            return (struct made){keys_sign(arena, signers[i].key, header, claims).data, signers[i].trust};
    token = expand(arena, (struct text){header.data, header.length + (claims.data == NULL ? 0 : 1 + claims.length)});
    trimmed = text_trim(text_of(token)); /* as orgd does behind "Bearer" */
    token = trimmed.data == NULL ? "" : arena_strndup(arena, trimmed.data, trimmed.length);
    if (starts_with_signed_part(token, good_token) || starts_with_signed_part(token, word("{grant_jwt}")))
        return (struct made){token, TRUST_OURS};
    return (struct made){token, starts_with_signed_part(token, good_issuer_token) ? TRUST_ISSUER : TRUST_NOBODY};
}

/* The text up to the line feed, which is cut off with it. `rest` gets no data where there is none. */
static struct text cut_line(struct text *rest)
{
    const char *end = memchr(rest->data, '\n', rest->length);
    struct text line = *rest;

    if (end == NULL) {
        *rest = (struct text){NULL, 0};
        return line;
    }
    line.length = (size_t)(end - line.data);
    *rest = (struct text){end + 1, rest->length - line.length - 1};
    return line;
}

/* What an accepted token says */

static bool is_one_of(const char *text, const char *const *list)
{
    for (; text != NULL && *list != NULL; list++)
        if (strcasecmp(text, *list) == 0)
            return true;
    return false;
}

static bool names_id(const json_t *claims, const char *name, const struct id *expected)
{
    const json_t *value = json_object_get(claims, name);
    struct id id;

    return json_is_string(value) && id_parse(text_of(json_string_value(value)), &id) && id_equal(&id, expected);
}

static void check_claims(const json_t *claims, const char *issuer, const char *audience)
{
    const json_t *iss = json_object_get(claims, "iss");

    assert(json_is_string(iss) && strcmp(json_string_value(iss), issuer) == 0);
    assert(jwt_names_audience(json_object_get(claims, "aud"), audience));
    assert(json_number_value(json_object_get(claims, "exp")) > (double)(now.us / US_PER_S));
    assert(json_object_get(claims, "nbf") == NULL ||
           json_number_value(json_object_get(claims, "nbf")) <= (double)(now.us / US_PER_S + JWT_CLOCK_SKEW_S));
}

static void check_accepted(const struct made *made, const struct credential *credential)
{
    static const char *const types[] = {"at+jwt", "application/at+jwt", NULL};
    static const char *const our_algorithms[] = {"ES256", "RS256", NULL};
    static const char *const issuer_algorithms[] = {"ES384", "RS256", NULL};
    static const char *const marks[] = {"nonce", "at_hash", "c_hash", "s_hash", "events"};
    json_t *jws = jwt_split(text_of(made->token));
    json_t *header = jwt_part(jws, "protected");
    json_t *claims = jwt_part(jws, "payload");
    const char *algorithm = json_string_value(json_object_get(header, "alg"));

    assert(json_object_get(header, "crit") == NULL);
    assert(is_one_of(json_string_value(json_object_get(header, "typ")), types));
    if (credential->is_token) {
        assert(made->signed_by == TRUST_OURS && is_one_of(algorithm, our_algorithms));
        check_claims(claims, WORLD_PUBLIC_URL, WORLD_PUBLIC_URL);
        assert(names_id(claims, "sub", &credential->account_id) && names_id(claims, "cred", &credential->id));
        assert(json_integer_value(json_object_get(claims, "gen")) == credential->generation);
    } else {
        assert(made->signed_by == TRUST_ISSUER && is_one_of(algorithm, issuer_algorithms));
        check_claims(claims, WORLD_ISSUER, "orgs");
        assert(json_string_length(json_object_get(claims, "sub")) > 0 && credential->is_limited);
        for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
            assert(json_object_get(claims, marks[i]) == NULL);
    }
    json_decref(claims);
    json_decref(header);
    json_decref(jws);
}

/* An API key or a personal access token. */
static void check_secret(const char *text, const struct credential *credential)
{
    struct digest digest = digest_of(text, strlen(text));

    assert(strncmp(text, SECRET_PREFIX_API_KEY, 7) == 0 || strncmp(text, SECRET_PREFIX_PERSONAL_TOKEN, 7) == 0);
    assert(digest_equal(&digest, &credential->digest));
}

static int read_bearer(struct arena *arena, const char *token, struct credential *out)
{
    struct error err = {.kind = ERR_NONE};
    const struct call call = {.db = db, .arena = arena, .now = now};
    int result = bearer_read(&call, &trust, arena_printf(arena, "Bearer %s", token), out, &err);

    assert(result == 0 || err.kind == ERR_UNAUTHORIZED || err.kind == ERR_UNAVAILABLE);
    return result;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct credential credential;
    struct error err;

    (void)argc;
    (void)argv;
    forever = arena_open();
    config = world_open();
    for (size_t i = 0; i < ARRAY_LENGTH(signers); i++)
        signers[i].key = signers[i].set == NULL ? open_hmac_key() : keys_open(signers[i].set, signers[i].index);
    db = db_open(NULL);
    trust.issuers = issuers_open(config);
    now = timestamp_now();
    good_token = word("{jwt}");
    good_issuer_token = word("{issuer_jwt}");
    if (log_open("fuzz", "none", LOG_LEVEL_ERROR, &err) < 0)
        return -1;
    if (token_keys_open(config->signing_keys, &trust.keys, &err) < 0)
        return -1;
    assert(read_bearer(forever, good_token, &credential) == 0 && credential.is_token);
    assert(read_bearer(forever, good_issuer_token, &credential) == 0 && credential.is_external);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct text rest = {arena_strndup(arena, (const char *)data, size), size};
    struct text signer = cut_line(&rest);
    struct text header = rest.data == NULL ? TEXT("") : cut_line(&rest);
    struct made made = make(arena, signer, header, rest);
    struct credential credential;
    struct credential again;

    fake_db_script(TEXT(""), TEXT(""), now);
    if (made.token != NULL && read_bearer(arena, made.token, &credential) == 0) {
        if (getenv("FUZZ_SHOW") != NULL)
            puts(credential.is_token      ? "accepted: ours"
                 : credential.is_external ? "accepted: issuer's"
                                          : "accepted: secret");
        if (credential.is_token || credential.is_external)
            check_accepted(&made, &credential);
        else
            check_secret(made.token, &credential);
        /* And once more, when it is remembered. */
        assert(read_bearer(arena, made.token, &again) == 0 && id_equal(&again.id, &credential.id));
    }
    arena_close(arena);
    return 0;
}
