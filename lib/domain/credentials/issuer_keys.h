/* The public keys of another issuer: a JWK Set (RFC 7517) in a file that is read again when it changes, or behind a URL
 * that is fetched again now and then. The last good set is kept while the source is away.
 *
 * Times are those of timestamp_monotonic_us(), given by the caller. */
#ifndef ORGD_ISSUER_KEYS_H
#define ORGD_ISSUER_KEYS_H

#include <jansson.h>

#include "base/error.h"
#include "issuer_settings.h"

struct issuer_keys;

/* Nothing is read yet. `issuer` must outlive the result, which belongs to the caller. */
struct issuer_keys *issuer_keys_open(const struct issuer_settings *issuer);
void issuer_keys_close(struct issuer_keys *keys);

/* Whether the issuer's source has a JWK Set just now. ERR_UNAVAILABLE says why not. */
int issuer_keys_check(const struct issuer_settings *issuer, struct error *err) NODISCARD;

/* Looks at the source if it is time to; that takes `jwks_timeout` at most. ERR_UNAVAILABLE if there never was a set. */
int issuer_keys_refresh(struct issuer_keys *keys, int64_t now_us, struct error *err) NODISCARD;

/* Another number than before if the keys are others. */
int64_t issuer_keys_generation(const struct issuer_keys *keys);

/* After issuer_keys_refresh(): the key that fits algorithm and kid, or NULL. A kid that is unknown is a reason to fetch
 * the set again, if it was not fetched just now. Without a kid (NULL) there must be exactly one key that fits. */
const json_t *issuer_keys_find(struct issuer_keys *keys, const char *algorithm, const char *kid, int64_t now_us);

#endif
