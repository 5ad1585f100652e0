/* Random bytes, digests and the form of credentials, by libcrypto. */
#ifndef ORGD_SECRET_H
#define ORGD_SECRET_H

#include "base.h"
#include "id.h"

#define SECRET_BYTES 32
#define SECRET_PREFIX_LENGTH 7
/* The prefix, 64 characters of base64url and the NUL. */
#define SECRET_TEXT_SIZE (SECRET_PREFIX_LENGTH + 64 + 1)

#define SECRET_PREFIX_API_KEY "ORGKEY_"
#define SECRET_PREFIX_PERSONAL_TOKEN "ORGPAT_"
#define SECRET_PREFIX_CLIENT "ORGSEC_"
#define SECRET_PREFIX_SESSION "ORGSES_"
#define SECRET_PREFIX_CODE "ORGCOD_"
#define SECRET_PREFIX_REFRESH_TOKEN "ORGREF_"
#define SECRET_PREFIX_DEVICE_CODE "ORGDEV_"

/* A SHA-256 digest. */
struct digest {
    uint8_t bytes[32];
};

/* A credential as its holder sees it: which one it is, and the proof. */
struct secret {
    struct id id;
    uint8_t bytes[SECRET_BYTES];
};

/* Fills `out` with random bytes; ends the process if there are none. */
void secret_random(void *out, size_t length);

/* The SHA-256 digest of some bytes. */
struct digest secret_digest(const void *data, size_t length);

/* Compares in constant time. */
bool secret_equal(const struct digest *a, const struct digest *b);

/* Overwrites memory in a way the compiler cannot remove. */
void secret_wipe(void *memory, size_t length);

/* Writes prefix (one of SECRET_PREFIX_*) and base64url of id and bytes. Wipe `out` after use. */
void secret_format(const char *prefix, const struct secret *secret, char out[SECRET_TEXT_SIZE]);

/* Makes a new secret for `id`: its text goes to the one who is to hold it, its digest is what we keep. Wipe `out` after
 * use. */
struct digest secret_make(const char *prefix, const struct id *id, char out[SECRET_TEXT_SIZE]);

/* Reads what secret_format() wrote; false if the prefix, the length or the alphabet is another. */
bool secret_parse(struct text text, const char *prefix, struct secret *out);

#endif
