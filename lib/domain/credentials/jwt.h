/* The pieces of a JSON Web Token in compact form (RFC 7515, 7.1; RFC 7519), for whoever checks one. What comes out of
 * these functions is as good as the signature that was checked, and no better. */
#ifndef ORGD_JWT_H
#define ORGD_JWT_H

#include <jansson.h>

#include "base/base.h"

#define JWT_CLOCK_SKEW_S 5

/* The three parts as the members "protected", "payload" and "signature" of a flattened JWS, still encoded; NULL if the
 * text has another form. Release it with json_decref(). */
json_t *jwt_split(struct text token);

/* One of the parts, decoded: an object, or NULL. Release it with json_decref(). */
json_t *jwt_part(const json_t *jws, const char *name);

/* True if the signature is one by this key, with the algorithm that the header names: check that one before. */
bool jwt_is_signed_by(const json_t *jws, const json_t *key);

/* True if a key (RFC 7517) can be used for signatures with the algorithm: type, curve, "alg", "use" and "key_ops" say
 * nothing against it. False for algorithms that are not of key pairs. */
bool jwt_key_fits(const json_t *key, const char *algorithm);

/* True if an "aud" claim is, or contains, the name. */
bool jwt_names_audience(const json_t *audience, const char *name);

/* Reads a NumericDate, whole seconds of it; false if the claim is not there or no number that is a time. */
bool jwt_read_time(const json_t *claims, const char *name, int64_t *out);

#endif
