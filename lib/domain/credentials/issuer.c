#include "issuer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "issuer_account.h"
#include "issuer_keys.h"
#include "jwt.h"
#include "process/memory_pages.h"

/* Longer than the headers that web servers accept; a longer token is not parsed. */
#define REMEMBERED_MAX 1024

struct issuer {
    const struct issuer_settings *config;
    struct issuer_keys *keys;
};

/* A token that was verified and whose user has a row. */
struct remembered {
    struct digest digest;
    struct issuer *issuer; /* NULL: the place is free */
    int64_t generation;    /* of the issuer's keys */
    int64_t expires_s;
    struct id credential_id;
};

#define REMEMBERED_BYTES (REMEMBERED_MAX * sizeof(struct remembered))

struct issuers {
    struct issuer *items;
    size_t count;
    struct remembered *remembered; /* REMEMBERED_MAX */
};

/* The token that is being checked. */
struct check {
    struct issuers *issuers;
    struct issuer *issuer;
    const struct call *call;
    int64_t monotonic_us;
    const json_t *jws;
    const json_t *claims; /* proven only when the signature is verified */
};

struct issuers *issuers_open(const struct config *config)
{
    struct issuers *issuers = calloc(1, sizeof(*issuers));

    if (issuers == NULL || (issuers->remembered = pages_map(REMEMBERED_BYTES)) == NULL)
        abort();
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        issuers->count++;
    issuers->items = calloc(issuers->count + 1, sizeof(*issuers->items));
    if (issuers->items == NULL)
        abort();
    issuers->count = 0;
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        issuers->items[issuers->count++] = (struct issuer){issuer, issuer_keys_open(issuer)};
    return issuers;
}

void issuers_close(struct issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->count; i++)
        issuer_keys_close(issuers->items[i].keys);
    free(issuers->items);
    pages_unmap(issuers->remembered, REMEMBERED_BYTES);
    free(issuers);
}

/* Header and signature */

/* Accepts the type of RFC 9068, 2.1, and "JWT" or none of older providers. A token with any other type is not an access
 * token (RFC 8725, 3.11). */
static bool is_of_token_type(const json_t *header)
{
    static const char *const types[] = {"at+jwt", "application/at+jwt", "JWT"};
    const json_t *type = json_object_get(header, "typ");

    for (size_t i = 0; json_is_string(type) && i < ARRAY_LENGTH(types); i++)
        if (strcasecmp(json_string_value(type), types[i]) == 0)
            return true;
    return type == NULL;
}

/* Finds the key for the header. The header can only choose among the issuer's keys (RFC 8725, 3.1). */
static const json_t *key_for_header(const struct check *check, const json_t *header)
{
    const json_t *algorithm = json_object_get(header, "alg");
    const json_t *kid = json_object_get(header, "kid");

    if (!json_is_string(algorithm) || !text_has_word(check->issuer->config->algorithms, json_string_value(algorithm)) ||
        !is_of_token_type(header) || json_object_get(header, "crit") != NULL || (kid != NULL && !json_is_string(kid)))
        return NULL;
    return issuer_keys_find(check->issuer->keys, json_string_value(algorithm), json_string_value(kid),
                            check->monotonic_us);
}

static bool is_signed(const struct check *check)
{
    json_t *header = jwt_part(check->jws, "protected");
    const json_t *key = header == NULL ? NULL : key_for_header(check, header);
    bool is_good = key != NULL && jwt_is_signed_by(check->jws, key);

    json_decref(header);
    return is_good;
}

/* Claims */

/* An ID token tells a client who has signed in. It is not a credential (RFC 9068, 5; OpenID Connect Core, 2 and
 * 3.3.2.11). */
static bool is_id_token(const json_t *claims)
{
    static const char *const marks[] = {"nonce", "at_hash", "c_hash"};

    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
        if (json_object_get(claims, marks[i]) != NULL)
            return true;
    return false;
}

/* True if the claim is missing, or is a time that has passed. */
static bool is_past(const json_t *claims, const char *name, int64_t now_s)
{
    int64_t time_s;

    return json_object_get(claims, name) == NULL ||
           (jwt_read_time(claims, name, &time_s) && time_s <= now_s + JWT_CLOCK_SKEW_S);
}

static bool are_claims_good(const struct check *check, int64_t *expires_s)
{
    const json_t *claims = check->claims;
    int64_t now_s = check->call->now.us / US_PER_S;

    return jwt_names_audience(json_object_get(claims, "aud"), check->issuer->config->audience) &&
           !is_id_token(claims) && jwt_read_time(claims, "exp", expires_s) && *expires_s > now_s &&
           is_past(claims, "nbf", now_s) && is_past(claims, "iat", now_s);
}

static struct text text_claim(const json_t *claims, const char *name)
{
    const json_t *claim = json_object_get(claims, name);

    return (struct text){json_string_value(claim), json_string_length(claim)};
}

/* Returns the email address, if it looks like one and the issuer does not say that it is unverified. */
static struct text email_claim(const json_t *claims)
{
    struct text email = text_claim(claims, "email");
    const char *at = email.data == NULL ? NULL : strchr(email.data, '@');
    bool is_good = at != NULL && at != email.data && at[1] != '\0' && strpbrk(at + 1, "@") == NULL &&
                   strpbrk(email.data, " ") == NULL && text_length(email) <= 254 && !text_has_control(email) &&
                   !json_is_false(json_object_get(claims, "email_verified"));

    return is_good ? email : (struct text){NULL, 0};
}

/* The token as a whole */

/* Finds the issuer that the claims name, if it is one of ours. */
static struct issuer *find_issuer(struct issuers *issuers, const json_t *claims)
{
    const char *url = json_string_value(json_object_get(claims, "iss"));

    for (size_t i = 0; url != NULL && i < issuers->count; i++)
        if (strcmp(issuers->items[i].config->url, url) == 0)
            return &issuers->items[i];
    return NULL;
}

static int verify_fresh(struct check *check, struct remembered *out, struct error *err)
{
    const struct issuer_settings *config = check->issuer->config;
    const struct issuer_subject subject = {
        .user = text_claim(check->claims, config->user_claim),
        .email = email_claim(check->claims),
    };

    if (!are_claims_good(check, &out->expires_s) || subject.user.length == 0)
        return jwt_refuse(err);
    if (issuer_keys_refresh(check->issuer->keys, check->monotonic_us, err) < 0)
        return -1;
    if (!is_signed(check))
        return jwt_refuse(err);
    if (issuer_account_ensure(check->call, config, &subject, err) < 0)
        return -1;
    out->issuer = check->issuer;
    out->credential_id = issuer_account_credential(config, subject.user, check->call->arena);
    out->generation = issuer_keys_generation(check->issuer->keys);
    return 1;
}

/* Returns 0 if the token is not from one of these issuers. */
static int verify(struct check *check, struct text token, struct remembered *out, struct error *err)
{
    json_t *jws = jwt_split(token);
    json_t *claims = jws == NULL ? NULL : jwt_part(jws, "payload");
    int result = 0;

    check->jws = jws;
    check->claims = claims;
    check->issuer = claims == NULL ? NULL : find_issuer(check->issuers, claims);
    if (check->issuer != NULL)
        result = verify_fresh(check, out, err);
    json_decref(claims);
    json_decref(jws);
    return result;
}

/* True if the keys are still those that verified the token. This also notices that keys have changed. */
static bool is_still_good(const struct remembered *place, const struct digest *digest, const struct check *check)
{
    struct error err;

    return place->issuer != NULL && digest_equal(&place->digest, digest) &&
           issuer_keys_refresh(place->issuer->keys, check->monotonic_us, &err) == 0 &&
           issuer_keys_generation(place->issuer->keys) == place->generation;
}

int issuers_verify(struct issuers *issuers, const struct call *call, struct text token, struct credential *out,
                   struct error *err)
{
    struct check check = {.issuers = issuers, .call = call, .monotonic_us = timestamp_monotonic_us()};
    struct remembered fresh = {0};
    struct remembered *place;
    uint16_t slot;

    if (issuers == NULL || issuers->count == 0 || token.length > ISSUER_TOKEN_BYTES_MAX)
        return 0;
    fresh.digest = digest_of(token.data, token.length);
    memcpy(&slot, fresh.digest.bytes, sizeof(slot));
    place = &issuers->remembered[slot % REMEMBERED_MAX];
    if (!is_still_good(place, &fresh.digest, &check)) {
        int result = verify(&check, token, &fresh, err);

        if (result <= 0)
            return result;
        *place = fresh;
    }
    if (place->expires_s <= call->now.us / US_PER_S)
        return jwt_refuse(err);
    *out = (struct credential){.id = place->credential_id, .is_external = true};
    return 1;
}
