#include "issuer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "identity.h"
#include "issuer_keys.h"
#include "issuer_user.h"
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
    bool is_limited; /* never a superuser's */
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
    struct jwt *token; /* proven only when the signature is verified */
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

/* Returns the type of the token as `token_types` writes it, or NULL if it can be no access token's (RFC 8725, 3.11).
 * "application/" may be left out (RFC 7515, 4.1.9), and case does not matter. */
static const char *token_type(const json_t *header)
{
    static const char *const types[] = {"at+jwt", "JWT"};
    const json_t *type = json_object_get(header, "typ");
    const char *name = json_string_value(type);

    if (type == NULL)
        return "none";
    if (name != NULL && strncasecmp(name, "application/", 12) == 0)
        name += 12;
    for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(types); i++)
        if (strcasecmp(name, types[i]) == 0)
            return types[i];
    return NULL;
}

static bool is_of_token_type(const struct check *check)
{
    const char *type = token_type(check->token->header);

    return type != NULL && text_has_word(check->issuer->config->token_types, type);
}

/* Finds the key for the header. The header can only choose among the issuer's keys (RFC 8725, 3.1). */
static const json_t *key_for_header(const struct check *check)
{
    const json_t *header = check->token->header;
    const json_t *algorithm = json_object_get(header, "alg");
    const json_t *kid = json_object_get(header, "kid");

    if (!json_is_string(algorithm) || !text_has_word(check->issuer->config->algorithms, json_string_value(algorithm)) ||
        !is_of_token_type(check) || json_object_get(header, "crit") != NULL || (kid != NULL && !json_is_string(kid)))
        return NULL;
    return issuer_keys_find(check->issuer->keys, json_string_value(algorithm), json_string_value(kid),
                            check->monotonic_us);
}

static bool is_signed(const struct check *check)
{
    const json_t *key = key_for_header(check);

    return key != NULL && jwt_is_signed_by(check->token->jws, key);
}

/* Claims */

/* An ID token tells a client who has signed in, a logout token or another event what has happened. They are not
 * credentials (RFC 9068, 5; OpenID Connect Core, 2 and 3.3.2.11; RFC 8417, 2.2; Back-Channel Logout, 2.4). */
static bool is_message_to_client(const json_t *claims)
{
    static const char *const marks[] = {"nonce", "at_hash", "c_hash", "s_hash", "events"};

    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
        if (json_object_get(claims, marks[i]) != NULL)
            return true;
    return false;
}

/* True if the claim is missing, or is one of the clients. */
static bool names_client(const json_t *claims, const char *name, const char *clients)
{
    const json_t *client = json_object_get(claims, name);

    return client == NULL ||
           (json_is_string(client) && (clients[0] == '\0' || text_has_word(clients, json_string_value(client))));
}

/* Checks the client that the token was made for. */
static bool is_for_client(const struct check *check)
{
    const char *clients = check->issuer->config->clients;
    bool names_none = json_object_get(check->token->claims, "azp") == NULL &&
                      json_object_get(check->token->claims, "client_id") == NULL;

    return names_client(check->token->claims, "azp", clients) &&
           names_client(check->token->claims, "client_id", clients) && (clients[0] == '\0' || !names_none);
}

/* An ID token has the client that it was made for as its audience. What has the type of an access token is none. */
static bool is_for_its_own_client(const struct check *check)
{
    const char *client = json_string_value(json_object_get(check->token->claims, "azp"));
    const char *type = token_type(check->token->header);

    return client != NULL && strcmp(client, check->issuer->config->audience) == 0 &&
           (type == NULL || strcmp(type, "at+jwt") != 0);
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
    const json_t *claims = check->token->claims;
    int64_t now_s = check->call->now.us / US_PER_S;

    return jwt_names_audience(json_object_get(claims, "aud"), check->issuer->config->audience) &&
           !is_message_to_client(claims) && is_for_client(check) && !is_for_its_own_client(check) &&
           jwt_read_time(claims, "exp", expires_s) && *expires_s > now_s && is_past(claims, "nbf", now_s) &&
           is_past(claims, "iat", now_s);
}

static struct text text_claim(const json_t *claims, const char *name)
{
    const json_t *claim = json_object_get(claims, name);

    return (struct text){json_string_value(claim), json_string_length(claim)};
}

static bool has_verified_email(const json_t *claims)
{
    return json_is_true(json_object_get(claims, "email_verified"));
}

/* Returns the email address, if the issuer has verified it. */
static struct text email_claim(const json_t *claims)
{
    return has_verified_email(claims) ? text_claim(claims, "email") : (struct text){NULL, 0};
}

/* Returns the subject, or a text without data if the token names nobody whom it may speak for. */
static struct text user_claim(const struct check *check)
{
    const char *name = check->issuer->config->user_claim;
    struct text user = text_claim(check->token->claims, name);
    bool is_good = user.data != NULL && identity_is_subject(user) &&
                   (strcmp(name, "email") != 0 || has_verified_email(check->token->claims));

    return is_good ? user : (struct text){NULL, 0};
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

static int verify_fresh(const struct check *check, struct remembered *out, struct error *err)
{
    const struct issuer_subject subject = {
        .user = user_claim(check),
        .email = email_claim(check->token->claims),
    };

    if (!are_claims_good(check, &out->expires_s) || subject.user.data == NULL)
        return jwt_refuse(err);
    if (issuer_keys_refresh(check->issuer->keys, check->monotonic_us, err) < 0)
        return -1;
    if (!is_signed(check))
        return jwt_refuse(err);
    if (issuer_user_find(check->call, check->issuer->config, &subject, &out->credential_id, err) < 0)
        return -1;
    out->issuer = check->issuer;
    out->generation = issuer_keys_generation(check->issuer->keys);
    out->is_limited = !issuer_settings_say_yes(check->issuer->config->superusers);
    return 1;
}

/* Returns 0 if the token is not from one of these issuers. */
static int verify(struct check *check, struct remembered *out, struct error *err)
{
    if (check->token->text.length > ISSUER_TOKEN_BYTES_MAX || !jwt_decode(check->token))
        return 0;
    check->issuer = find_issuer(check->issuers, check->token->claims);
    return check->issuer == NULL ? 0 : verify_fresh(check, out, err);
}

/* True if the keys are still those that verified the token. This also notices that keys have changed. */
static bool is_still_good(const struct remembered *place, const struct digest *digest, const struct check *check)
{
    struct error err;

    return place->issuer != NULL && digest_equal(&place->digest, digest) &&
           issuer_keys_refresh(place->issuer->keys, check->monotonic_us, &err) == 0 &&
           issuer_keys_generation(place->issuer->keys) == place->generation;
}

int issuers_verify(struct issuers *issuers, const struct call *call, struct jwt *token, struct credential *out,
                   struct error *err)
{
    struct check check = {.issuers = issuers, .token = token, .call = call, .monotonic_us = timestamp_monotonic_us()};
    struct remembered fresh = {.digest = token->digest};
    struct remembered *place;
    uint16_t slot;

    if (issuers == NULL || issuers->count == 0)
        return 0;
    memcpy(&slot, token->digest.bytes, sizeof(slot));
    place = &issuers->remembered[slot % REMEMBERED_MAX];
    if (!is_still_good(place, &token->digest, &check)) {
        int result = verify(&check, &fresh, err);

        if (result <= 0)
            return result;
        *place = fresh;
    }
    if (place->expires_s <= call->now.us / US_PER_S)
        return jwt_refuse(err);
    *out = (struct credential){
        .id = place->credential_id,
        .is_external = true,
        .is_limited = place->is_limited,
    };
    return 1;
}
