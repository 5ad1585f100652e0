/* Uses SHA256_Init() although it is deprecated: its successors (EVP) allocate memory each time, and can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct digest digest_of(const void *data, size_t length)
{
    struct digest digest;
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, data, length);
    SHA256_Final(digest.bytes, &context);
    return digest;
}

void digest_format(const struct digest *digest, char out[DIGEST_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(digest->bytes); i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out[DIGEST_TEXT_SIZE - 1] = '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
