#include "secret.h"

#include <jose/b64.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct secret) == 48, "a credential is 64 characters of base64url");

void secret_random(void *out, size_t length)
{
    if (RAND_bytes(out, (int)length) != 1) {
        fputs("orgd: the system gives no random bytes\n", stderr);
        abort();
    }
}

struct digest secret_digest(const void *data, size_t length)
{
    /* Made once and kept by the process: that takes longer than a short digest. */
    static EVP_MD *sha256;
    static EVP_MD_CTX *context;
    struct digest digest;

    if (context == NULL) {
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        context = EVP_MD_CTX_new();
    }
    if (EVP_DigestInit_ex2(context, sha256, NULL) != 1 || EVP_DigestUpdate(context, data, length) != 1 ||
        EVP_DigestFinal_ex(context, digest.bytes, NULL) != 1)
        abort();
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
