#include "secret.h"

#include <jose/b64.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

_Static_assert(sizeof(struct secret) == 48, "a credential is 64 characters of base64url");

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

    random_fill(secret.bytes, sizeof(secret.bytes));
    secret_format(prefix, &secret, out);
    memory_wipe(&secret, sizeof(secret));
    return digest_of(out, SECRET_TEXT_SIZE - 1);
}

bool secret_parse(struct text text, const char *prefix, struct secret *out)
{
    return text.length == SECRET_TEXT_SIZE - 1 && memcmp(text.data, prefix, SECRET_PREFIX_LENGTH) == 0 &&
           jose_b64_dec_buf(text.data + SECRET_PREFIX_LENGTH, 64, out, sizeof(*out)) == sizeof(*out);
}

bool secret_read(struct text text, const char *prefix, struct id *id, struct digest *digest)
{
    struct secret secret;

    if (text.data == NULL || !secret_parse(text, prefix, &secret))
        return false;
    *id = secret.id;
    *digest = digest_of(text.data, text.length);
    memory_wipe(&secret, sizeof(secret));
    return true;
}
