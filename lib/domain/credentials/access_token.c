#include "access_token.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/memory_pages.h"

/* Longer than any token issued here; a longer one is not parsed. */
#define REMEMBERED_MAX 1024
#define REFRESH_KEY_BYTES 32

static const char *const algorithms[] = {"ES256", "RS256"};

/* The claim that says of which kind the credential is, so that a request need not ask. */
#define KIND_CLAIM "cred_kind"
static const char *const kinds[] = {
    [CREDENTIAL_OF_USER] = "user",
    [CREDENTIAL_OF_SERVICE] = "service",
    [CREDENTIAL_OF_GRANT] = "grant",
};

/* A token whose signature has been verified. */
struct remembered {
    struct digest digest;
    struct token_subject subject;
    int64_t expires_s;
};

#define REMEMBERED_BYTES (REMEMBERED_MAX * sizeof(struct remembered))

struct token_keys {
    char *path;
    json_t *set;
    struct stat file;  /* as it was read */
    bool is_current;   /* for the rest of this request */
    int64_t failed_us; /* when it could last not be read; 0: it could */
    uint8_t refresh_key[REFRESH_KEY_BYTES];
    struct remembered *remembered; /* REMEMBERED_MAX */
};

bool token_algorithm_is_known(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(algorithms); i++)
        if (strcmp(name, algorithms[i]) == 0)
            return true;
    return false;
}

static bool is_usable_key(const json_t *key)
{
    return json_string_value(json_object_get(key, "kid")) != NULL &&
           token_algorithm_is_known(json_string_value(json_object_get(key, "alg")));
}

int token_file_read(const char *path, json_t **out, struct error *err)
{
    json_error_t error;
    json_t *set = jsonr_parse_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *keys = json_object_get(set, "keys");
    json_t *key;
    size_t index;

    if (set == NULL)
        return error_set(err, ERR_INTERNAL,
                         "cannot read the signing keys: %s (%s). Make them with 'orgctl signing-key generate'.",
                         error.text, path);
    json_array_foreach(keys, index, key)
    {
        if (is_usable_key(key))
            continue;
        json_decref(set);
        return error_set(err, ERR_INTERNAL, "%s: key %zu has no kid, or an alg that is neither ES256 nor RS256", path,
                         index);
    }
    if (json_array_size(keys) == 0) {
        json_decref(set);
        return error_set(err, ERR_INTERNAL, "%s holds no keys. Make one with 'orgctl signing-key rotate'.", path);
    }
    *out = set;
    return 0;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool read_refresh_key(const json_t *set, uint8_t out[REFRESH_KEY_BYTES])
{
    const json_t *encoded = json_object_get(set, TOKEN_REFRESH_KEY);
    uint8_t key[REFRESH_KEY_BYTES];
    bool is_good = json_is_string(encoded) && jose_b64_dec_buf(json_string_value(encoded), json_string_length(encoded),
                                                               key, sizeof(key)) == sizeof(key);

    if (is_good)
        memcpy(out, key, sizeof(key));
    memory_wipe(key, sizeof(key));
    return is_good;
}

static int load(struct token_keys *keys, struct error *err)
{
    CLEANUP(json_decrefp) json_t *set = NULL;
    struct stat file = {0};

    if (stat(keys->path, &file) == 0 && keys->set != NULL && is_same_file(&file, &keys->file))
        return 0;
    if (token_file_read(keys->path, &set, err) < 0)
        return -1;
    if (!read_refresh_key(set, keys->refresh_key))
        return error_set(err, ERR_INTERNAL,
                         "%s has no good " TOKEN_REFRESH_KEY ". Make one with 'orgctl signing-key rotate'.",
                         keys->path);
    if (keys->set != NULL) /* a key that was removed verifies nothing any more */
        memset(keys->remembered, 0, REMEMBERED_BYTES);
    json_decref(keys->set);
    keys->set = json_incref(set);
    keys->file = file;
    return 0;
}

/* Reads the file again if it has changed since the last request. If it cannot be read, keeps the keys, and tries again
 * a second later. */
static void reload(struct token_keys *keys)
{
    struct error error;

    if (keys->is_current)
        return;
    keys->is_current = true;
    if (keys->failed_us != 0 && timestamp_monotonic_us() - keys->failed_us < US_PER_S)
        return;
    keys->failed_us = 0;
    if (load(keys, &error) == 0 || memory_has_run_out()) /* the next request will have memory again */
        return;
    keys->failed_us = timestamp_monotonic_us();
    log_error("signing keys: %s", error.message);
}

void token_keys_begin(struct token_keys *keys)
{
    keys->is_current = false;
}

int token_keys_open(const char *path, struct token_keys **out, struct error *err)
{
    struct token_keys *keys = calloc(1, sizeof(*keys));

    if (keys == NULL || (keys->path = strdup(path)) == NULL || (keys->remembered = pages_map(REMEMBERED_BYTES)) == NULL)
        abort();
    if (load(keys, err) < 0) {
        token_keys_close(keys);
        return -1;
    }
    *out = keys;
    return 0;
}

void token_keys_close(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    json_decref(keys->set);
    memory_wipe(keys->refresh_key, sizeof(keys->refresh_key));
    free(keys->path);
    pages_unmap(keys->remembered, REMEMBERED_BYTES);
    free(keys);
}

int token_keys_mac(struct token_keys *keys, const void *data, size_t length, struct digest *out, struct error *err)
{
    reload(keys);
    if (HMAC(EVP_sha256(), keys->refresh_key, REFRESH_KEY_BYTES, data, length, out->bytes, NULL) == NULL)
        return memory_ran_out(err);
    return 0;
}

/* Issuing */

static json_t *make_claims(const struct token_terms *terms, const struct token_subject *subject, struct timestamp now)
{
    char account[ID_TEXT_SIZE];
    char credential[ID_TEXT_SIZE];
    char token_id[ID_TEXT_SIZE];
    struct id jti = id_new(now);
    int64_t now_s = now.us / US_PER_S;

    id_format(&subject->account_id, account);
    id_format(&subject->credential_id, credential);
    id_format(&jti, token_id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I}", "iss", terms->issuer, "aud", terms->issuer,
                     "sub", account, "client_id",
                     subject->client_id.data == NULL ? credential : subject->client_id.data, "cred", credential,
                     KIND_CLAIM, kinds[subject->kind], "gen", (json_int_t)subject->generation, "jti", token_id, "iat",
                     (json_int_t)now_s, "exp", (json_int_t)now_s + terms->lifetime_s);
}

int token_issue(struct token_keys *keys, const struct token_terms *terms, const struct token_subject *subject,
                struct timestamp now, struct arena *arena, struct text *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *claims = make_claims(terms, subject, now);

    reload(keys);
    *out = jwt_sign(claims, "at+jwt", json_array_get(json_object_get(keys->set, "keys"), 0), arena);
    return out->data != NULL ? 0 : error_set(err, ERR_INTERNAL, "The access token could not be signed.");
}

/* Verifying */

static const json_t *find_key(const struct token_keys *keys, const char *kid)
{
    json_t *key;
    size_t index;

    json_array_foreach(json_object_get(keys->set, "keys"), index, key)
    {
        if (strcmp(json_string_value(json_object_get(key, "kid")), kid) == 0)
            return key;
    }
    return NULL;
}

/* Finds the key that the protected header names. Every member of the header must be as ours: the algorithm is the key's
 * own, and there are no extensions that one would have to understand (RFC 7515, 4.1.11; RFC 8725, 3). */
static const json_t *key_for_header(struct token_keys *keys, const json_t *header)
{
    const char *algorithm = json_string_value(json_object_get(header, "alg"));
    const char *type = json_string_value(json_object_get(header, "typ"));
    const char *kid = json_string_value(json_object_get(header, "kid"));
    const json_t *key;

    if (algorithm == NULL || type == NULL || kid == NULL || json_object_get(header, "crit") != NULL)
        return NULL;
    if (strcasecmp(type, "at+jwt") != 0 && strcasecmp(type, "application/at+jwt") != 0)
        return NULL;
    key = find_key(keys, kid);
    return key != NULL && strcmp(json_string_value(json_object_get(key, "alg")), algorithm) == 0 ? key : NULL;
}

static bool read_claim_id(const json_t *claims, const char *name, struct id *out)
{
    const json_t *value = json_object_get(claims, name);

    return json_is_string(value) && id_parse((struct text){json_string_value(value), json_string_length(value)}, out);
}

static bool read_kind(const json_t *claims, enum credential_kind *out)
{
    const char *value = json_string_value(json_object_get(claims, KIND_CLAIM));

    for (size_t i = 0; value != NULL && i < ARRAY_LENGTH(kinds); i++) {
        *out = (enum credential_kind)i;
        if (strcmp(value, kinds[i]) == 0)
            return true;
    }
    return false;
}

static bool read_claims(const json_t *claims, const struct token_terms *terms, struct timestamp now,
                        struct remembered *out)
{
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    const json_t *expires = json_object_get(claims, "exp");
    const json_t *not_before = json_object_get(claims, "nbf");
    const json_t *issued = json_object_get(claims, "iat");
    const json_t *generation = json_object_get(claims, "gen");
    int64_t now_s = now.us / US_PER_S;

    if (issuer == NULL || strcmp(issuer, terms->issuer) != 0 ||
        !jwt_names_audience(json_object_get(claims, "aud"), terms->issuer))
        return false;
    if (!json_is_integer(expires) || !json_is_integer(issued) || json_integer_value(issued) > now_s + JWT_CLOCK_SKEW_S)
        return false;
    if (not_before != NULL &&
        (!json_is_integer(not_before) || json_integer_value(not_before) > now_s + JWT_CLOCK_SKEW_S))
        return false;
    out->expires_s = json_integer_value(expires);
    out->subject.generation = json_integer_value(generation);
    return out->expires_s > now_s && json_is_integer(generation) && json_is_string(json_object_get(claims, "jti")) &&
           json_is_string(json_object_get(claims, "client_id")) && read_kind(claims, &out->subject.kind) &&
           read_claim_id(claims, "sub", &out->subject.account_id) &&
           read_claim_id(claims, "cred", &out->subject.credential_id);
}

static bool verify_signature(struct token_keys *keys, const struct token_terms *terms, struct jwt *token,
                             struct timestamp now, struct remembered *out)
{
    const json_t *key;

    if (token->text.length > ACCESS_TOKEN_BYTES_MAX || !text_is_utf8(token->text) || !jwt_decode(token))
        return false;
    key = key_for_header(keys, token->header);
    return key != NULL && jwt_is_signed_by(token->jws, key) && read_claims(token->claims, terms, now, out);
}

/* Where the token is remembered if it is. */
static struct remembered *place_of(struct token_keys *keys, const struct jwt *token)
{
    uint16_t slot;

    memcpy(&slot, token->digest.bytes, sizeof(slot));
    return &keys->remembered[slot % REMEMBERED_MAX];
}

static struct credential credential_of(const struct remembered *place, struct timestamp now)
{
    return (struct credential){
        .id = place->subject.credential_id,
        .kind = place->subject.kind,
        .is_token = true,
        .account_id = place->subject.account_id,
        .generation = place->subject.generation,
        .presented = now,
    };
}

bool token_recall(struct token_keys *keys, const struct jwt *token, struct timestamp now, struct credential *out)
{
    const struct remembered *place = place_of(keys, token);

    reload(keys);
    if (!digest_equal(&place->digest, &token->digest) || place->expires_s <= now.us / US_PER_S)
        return false;
    *out = credential_of(place, now);
    return true;
}

int token_check(struct token_keys *keys, const struct token_terms *terms, struct jwt *token, struct timestamp now,
                struct credential *out, struct error *err)
{
    struct remembered *place = place_of(keys, token);
    struct remembered fresh = {.digest = token->digest};

    reload(keys);
    if (!digest_equal(&place->digest, &token->digest)) {
        if (!verify_signature(keys, terms, token, now, &fresh))
            return jwt_refuse(err);
        *place = fresh;
    }
    if (place->expires_s <= now.us / US_PER_S)
        return jwt_refuse(err);
    *out = credential_of(place, now);
    return 0;
}

int token_verify(struct token_keys *keys, const struct token_terms *terms, struct text token, struct timestamp now,
                 struct credential *out, struct error *err)
{
    CLEANUP(jwt_close) struct jwt jwt = jwt_open(token);

    return token_check(keys, terms, &jwt, now, out, err);
}

static int try_keys(struct token_keys *keys, struct error *err)
{
    static const struct token_terms terms = {.issuer = "http://localhost", .lifetime_s = 60};
    struct timestamp now = timestamp_now();
    struct token_subject subject = {.account_id = id_new(now), .credential_id = id_new(now)};
    struct arena *arena = arena_open();
    struct credential credential;
    struct text token;
    bool is_good = token_issue(keys, &terms, &subject, now, arena, &token, err) == 0 &&
                   token_verify(keys, &terms, token, now, &credential, err) == 0;

    arena_close(arena);
    if (is_good)
        return 0;
    return error_set(
        err, ERR_INTERNAL,
        "%s: the first key's own signature does not verify. Make a new key with 'orgctl signing-key rotate'.",
        keys->path);
}

int token_keys_check(const char *path, struct error *err)
{
    struct token_keys *keys;
    int result;

    if (token_keys_open(path, &keys, err) < 0)
        return -1;
    result = try_keys(keys, err);
    token_keys_close(keys);
    return result;
}

/* Publishing */

static json_t *public_part(const json_t *key)
{
    json_t *copy = json_deep_copy(key);

    if (!jose_jwk_pub(NULL, copy)) {
        json_decref(copy);
        return NULL;
    }
    json_object_del(copy, "orgd_retired");
    json_object_del(copy, "key_ops");
    return copy;
}

void token_write_public_keys(struct token_keys *keys, struct buf *out)
{
    json_t *set = json_pack("{s:[]}", "keys");
    json_t *key;
    size_t index;

    reload(keys); /* another worker may still sign with the former key */
    json_array_foreach(json_object_get(keys->set, "keys"), index, key)
    {
        json_array_append_new(json_object_get(set, "keys"), public_part(key));
    }
    jsonw_value(out, set);
    json_decref(set);
}
