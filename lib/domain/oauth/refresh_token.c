#include "refresh_token.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <string.h>

#include "domain/credentials/access_token.h"

/* What is authenticated. */
struct body {
    struct digest salt;
    struct id grant_id;
    uint64_t number; /* big-endian */
};

_Static_assert(sizeof(struct body) == 32 + 16 + 8, "there are no bytes between the members");

static int authenticate(const struct call *call, const struct id *grant_id, const struct digest *salt, int64_t number,
                        uint8_t out[REFRESH_TOKEN_MAC_BYTES], struct error *err)
{
    const struct body body = {.salt = *salt, .grant_id = *grant_id, .number = htobe64((uint64_t)number)};
    struct digest mac;

    if (token_keys_mac(call->keys, &body, sizeof(body), &mac, err) < 0)
        return -1;
    memcpy(out, mac.bytes, REFRESH_TOKEN_MAC_BYTES);
    return 0;
}

int refresh_token_write(const struct call *call, const struct id *grant_id, const struct digest *salt, int64_t number,
                        char out[SECRET_TEXT_SIZE], struct error *err)
{
    uint64_t encoded = htobe64((uint64_t)number);
    struct secret secret = {.id = *grant_id};

    memcpy(secret.bytes, &encoded, sizeof(encoded));
    if (authenticate(call, grant_id, salt, number, secret.bytes + sizeof(encoded), err) < 0)
        return -1;
    secret_format(SECRET_PREFIX_REFRESH_TOKEN, &secret, out);
    return 0;
}

bool refresh_token_read(struct text text, struct refresh_token *out)
{
    struct secret secret;
    uint64_t number;

    if (text.data == NULL || !secret_parse(text, SECRET_PREFIX_REFRESH_TOKEN, &secret))
        return false;
    memcpy(&number, secret.bytes, sizeof(number));
    number = be64toh(number);
    if (number == 0 || number > INT64_MAX)
        return false;
    *out = (struct refresh_token){.grant_id = secret.id, .number = (int64_t)number};
    memcpy(out->mac, secret.bytes + sizeof(number), sizeof(out->mac));
    return true;
}

int refresh_token_check(const struct call *call, const struct refresh_token *token, const struct digest *salt,
                        struct error *err)
{
    uint8_t expected[REFRESH_TOKEN_MAC_BYTES];

    if (authenticate(call, &token->grant_id, salt, token->number, expected, err) < 0)
        return -1;
    if (CRYPTO_memcmp(expected, token->mac, sizeof(expected)) != 0)
        return error_set(err, ERR_INVALID_GRANT, "The refresh token is unknown.");
    return 0;
}
