/* The digests of EVP, which are to replace those of SHA256_Init(), take memory each time, and can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "secret.h"

#include <jose/b64.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

_Static_assert(sizeof(struct secret) == 48, "a credential is 64 characters of base64url");

/* libcrypto's generator takes memory when it seeds itself anew, now and then; the kernel's, which that seed comes from,
 * takes none. */
void secret_random(void *out, size_t length)
{
    if (RAND_bytes(out, (int)length) != 1 && getrandom(out, length, 0) != (ssize_t)length) {
        fputs("orgd: the system gives no random bytes\n", stderr);
        abort();
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
