/* SHA-256 digests (FIPS 180-4), by libcrypto. */
#ifndef ORGD_DIGEST_H
#define ORGD_DIGEST_H

#include "base.h"

struct digest {
    uint8_t bytes[32];
};

/* Returns the digest of some bytes. */
struct digest digest_of(const void *data, size_t length);

#define DIGEST_TEXT_SIZE 65 /* 64 digits and the NUL */
/* Writes the digest in hexadecimal, in lower case. */
void digest_format(const struct digest *digest, char out[DIGEST_TEXT_SIZE]);

/* Compares in constant time, so that the time tells nothing about a secret. */
bool digest_equal(const struct digest *a, const struct digest *b);

#endif
