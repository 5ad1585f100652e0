/* The public keys of another issuer: a JWK Set (RFC 7517) in a file, which is read again when it changes, or at a URL,
 * which is fetched again from time to time. The last good set is kept while the source does not answer.
 *
 * The caller gives the time, from timestamp_monotonic_us(). */
#ifndef ORGD_ISSUER_KEYS_H
#define ORGD_ISSUER_KEYS_H

#include <jansson.h>

#include "base/error.h"
#include "issuer_settings.h"

#define ISSUER_KEYS_BYTES_MAX ((size_t)256 * 1024) /* of an issuer's key set */

struct issuer_keys;

/* Prepares the keys. Reads nothing yet. `issuer` must outlive the result, which the caller owns. */
struct issuer_keys *issuer_keys_open(const struct issuer_settings *issuer);
void issuer_keys_close(struct issuer_keys *keys);

/* Checks that the issuer's source has a JWK Set now. Fails with ERR_UNAVAILABLE, which says why not. */
int issuer_keys_check(const struct issuer_settings *issuer, struct error *err) NODISCARD;

/* Looks at the source if it is time to do so. That takes `jwks_timeout` at most. Fails with ERR_UNAVAILABLE if there
 * never was a set. */
int issuer_keys_refresh(struct issuer_keys *keys, int64_t now_us, struct error *err) NODISCARD;

/* Returns a number that changes when the keys change. */
int64_t issuer_keys_generation(const struct issuer_keys *keys);

/* Finds the key for algorithm and kid, or NULL. Call issuer_keys_refresh() before. If the kid is unknown, fetches the
 * set again, unless it was just fetched. Without a kid (NULL) exactly one key must fit. */
const json_t *issuer_keys_find(struct issuer_keys *keys, const char *algorithm, const char *kid, int64_t now_us);

#endif
