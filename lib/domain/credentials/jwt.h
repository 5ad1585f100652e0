/* The pieces of a JSON Web Token in compact form (RFC 7515, 7.1; RFC 7519), for code that checks one. What these
 * functions return is only as trustworthy as the signature: verify it first. */
#ifndef ORGD_JWT_H
#define ORGD_JWT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

#define JWT_CLOCK_SKEW_S 5

/* A token that is being checked. Whoever looks at it shares what has been decoded:
 *
 *     CLEANUP(jwt_close) struct jwt token = jwt_open(text);
 *
 *     if (!is_known(&token.digest) && !jwt_decode(&token))
 *         return jwt_refuse(err); */
struct jwt {
    struct text text;
    struct digest digest; /* of the text, to know it again */
    json_t *jws;          /* as jwt_split() gives it; NULL, like the next two, until it is decoded */
    json_t *header;
    json_t *claims;
};

/* Begins to check a token, which must outlive the result. Decodes nothing yet. */
struct jwt jwt_open(struct text text);
void jwt_close(struct jwt *token);

/* Decodes the token, unless that has been done. Returns false if it is none. */
bool jwt_decode(struct jwt *token);

/* Splits a token into the members "protected", "payload" and "signature" of a flattened JWS, still encoded. Returns
 * NULL if the text has another form. Release the result with json_decref(). */
json_t *jwt_split(struct text token);

/* Decodes one of the parts: an object, or NULL. Release it with json_decref(). */
json_t *jwt_part(const json_t *jws, const char *name);

/* Signs claims as a token of this type, such as "at+jwt". Returns a text without data if the key cannot do that, or if
 * memory ran out (memory.h). */
struct text jwt_sign(const json_t *claims, const char *type, const json_t *key, struct arena *arena);

/* True if this key made the signature with the algorithm that the header names. Check that algorithm first. */
bool jwt_is_signed_by(const json_t *jws, const json_t *key);

/* True if a key (RFC 7517) can be used for signatures with the algorithm: its type, curve, "alg", "use" and "key_ops"
 * allow it. False for algorithms without key pairs. */
bool jwt_key_fits(const json_t *key, const char *algorithm);

/* True if an "aud" claim is, or contains, the name. */
bool jwt_names_audience(const json_t *audience, const char *name);

/* Reads a NumericDate in whole seconds. Returns false if the claim is missing or is not a time. */
bool jwt_read_time(const json_t *claims, const char *name, int64_t *out);

/* Refuses a token with ERR_UNAUTHORIZED, and does not say which of its checks has failed. Returns -1. */
int jwt_refuse(struct error *err);

#endif
