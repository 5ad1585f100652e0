/* The form of refresh tokens: the grant's id, a number, and a keyed digest of both and of the grant's salt. The key
 * stands in the file of the signing keys, the salt in the database, so neither alone is enough to forge a token. No
 * token is stored: the grant's row has the number of the current one.
 *
 *     if (refresh_token_write(call, &grant_id, &salt, number, out, err) < 0)
 *         return -1;
 */
#ifndef ORGD_REFRESH_TOKEN_H
#define ORGD_REFRESH_TOKEN_H

#include "base/digest.h"
#include "domain/access/secret.h"
#include "domain/call.h"

#define REFRESH_TOKEN_MAC_BYTES (SECRET_BYTES - 8) /* what the number leaves */

/* A refresh token as it was read. It proves nothing until refresh_token_check() has found it genuine. */
struct refresh_token {
    struct id grant_id;
    int64_t number; /* of the grant's tokens, from 1 */
    uint8_t mac[REFRESH_TOKEN_MAC_BYTES];
};

/* Writes the token of this number; the same arguments give the same token. Wipe `out` after use. Fails only if memory
 * runs out. */
int refresh_token_write(const struct call *call, const struct id *grant_id, const struct digest *salt, int64_t number,
                        char out[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Reads a token, without the database. Returns false if the text has another form. */
bool refresh_token_read(struct text text, struct refresh_token *out);

/* Fails with ERR_INVALID_GRANT if this server has not made the token for the grant with this salt. */
int refresh_token_check(const struct call *call, const struct refresh_token *token, const struct digest *salt,
                        struct error *err) NODISCARD;

#endif
