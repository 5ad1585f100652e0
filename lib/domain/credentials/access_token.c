#include "access_token.h"

#include <string.h>
#include <strings.h>

#include "access_token_private.h"
#include "base/text.h"

/* The claim that says of which kind the credential is, so that a request need not ask. */
#define KIND_CLAIM "cred_kind"
static const char *const kinds[] = {
    [CREDENTIAL_OF_USER] = "user",
    [CREDENTIAL_OF_SERVICE] = "service",
    [CREDENTIAL_OF_GRANT] = "grant",
};

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

    return token_keys_sign(keys, claims, "at+jwt", arena, out, err);
}

/* Verifying */

static const json_t *find_in(const struct token_keys *keys, const char *member, const char *kid)
{
    json_t *key;
    size_t index;

    json_array_foreach(json_object_get(keys->set, member), index, key)
    {
        const char *found = json_string_value(json_object_get(key, "kid"));

        if (found != NULL && strcmp(found, kid) == 0)
            return key;
    }
    return NULL;
}

static const json_t *find_key(const struct token_keys *keys, const char *kid)
{
    return find_in(keys, "keys", kid);
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

int token_keys_sign(struct token_keys *keys, const json_t *claims, const char *type, struct arena *arena,
                    struct text *out, struct error *err)
{
    token_keys_reload(keys);
    *out = jwt_sign(claims, type, json_array_get(json_object_get(keys->set, "keys"), 0), arena);
    return out->data != NULL ? 0 : error_set(err, ERR_INTERNAL, "The first of the signing keys cannot sign.");
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value != NULL && strcmp(value, text) == 0;
}

enum token_signature token_keys_check_signature(struct token_keys *keys, struct jwt *token, const char *type)
{
    const char *algorithm;
    const char *kid;
    const json_t *key;

    if (!text_is_utf8(token->text) || !jwt_decode(token))
        return TOKEN_FORGED;
    token_keys_reload(keys);
    algorithm = json_string_value(json_object_get(token->header, "alg"));
    kid = json_string_value(json_object_get(token->header, "kid"));
    if (algorithm == NULL || kid == NULL || json_object_get(token->header, "crit") != NULL)
        return TOKEN_FORGED;
    key = find_key(keys, kid);
    if (key == NULL)
        key = find_in(keys, TOKEN_FORMER_KEYS, kid);
    if (key == NULL)
        return TOKEN_KEY_UNKNOWN;
    if (!is_text(token->header, "typ", type) || !is_text(key, "alg", algorithm) || !jwt_is_signed_by(token->jws, key))
        return TOKEN_FORGED;
    return json_object_get(key, TOKEN_LEAKED) == NULL ? TOKEN_SIGNED : TOKEN_KEY_LEAKED;
}

bool token_keys_have_leaked(struct token_keys *keys)
{
    json_t *key;
    size_t index;

    token_keys_reload(keys);
    json_array_foreach(json_object_get(keys->set, TOKEN_FORMER_KEYS), index, key)
    {
        if (json_object_get(key, TOKEN_LEAKED) != NULL)
            return true;
    }
    return false;
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
    return &keys->remembered[slot % TOKENS_REMEMBERED_MAX];
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

    token_keys_reload(keys);
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

    token_keys_reload(keys);
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
