/* The digests of EVP, which are to replace those of SHA256_Init(), take memory each time, and can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "secret.h"

#include <jose/b64.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

_Static_assert(sizeof(struct secret) == 48, "a credential is 64 characters of base64url");

/* As much as getentropy() gives at a time. */
#define ENTROPY_BYTES_MAX ((size_t)256)

/* The kernel's generator and not libcrypto's, which it would seed: that one takes memory, can fail, and is built anew
 * in each worker. */
void secret_random(void *out, size_t length)
{
    for (uint8_t *at = out; length > 0;) {
        size_t part = length < ENTROPY_BYTES_MAX ? length : ENTROPY_BYTES_MAX;

        if (getentropy(at, part) != 0) {
            fputs("orgd: the system gives no random bytes\n", stderr);
            abort();
        }
        at += part;
        length -= part;
    }
}

struct digest secret_digest(const void *data, size_t length)
{
    struct digest digest;
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, data, length);
    SHA256_Final(digest.bytes, &context);
    return digest;
}

bool secret_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void secret_wipe(void *memory, size_t length)
{
    OPENSSL_cleanse(memory, length);
}

void secret_format(const char *prefix, const struct secret *secret, char out[SECRET_TEXT_SIZE])
{
    memcpy(out, prefix, SECRET_PREFIX_LENGTH);
    if (jose_b64_enc_buf(secret, sizeof(*secret), out + SECRET_PREFIX_LENGTH, 64) != 64)
        abort();
    out[SECRET_TEXT_SIZE - 1] = '\0';
}

struct digest secret_make(const char *prefix, const struct id *id, char out[SECRET_TEXT_SIZE])
{
    struct secret secret = {.id = *id};

    secret_random(secret.bytes, sizeof(secret.bytes));
    secret_format(prefix, &secret, out);
    secret_wipe(&secret, sizeof(secret));
    return secret_digest(out, SECRET_TEXT_SIZE - 1);
}

bool secret_parse(struct text text, const char *prefix, struct secret *out)
{
    return text.length == SECRET_TEXT_SIZE - 1 && memcmp(text.data, prefix, SECRET_PREFIX_LENGTH) == 0 &&
           jose_b64_dec_buf(text.data + SECRET_PREFIX_LENGTH, 64, out, sizeof(*out)) == sizeof(*out);
}
