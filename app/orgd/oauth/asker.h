/* Who asks about a token, or wants it gone: a client, or a service account with its API key. Each is told about its own
 * tokens only.
 *
 *     struct asker asker;
 *     struct text token;
 *
 *     if (asker_read(exchange, false, &asker, &token, err) < 0)
 *         return -1;
 */
#ifndef ORGD_ASKER_H
#define ORGD_ASKER_H

#include <jansson.h>

#include "http/exchange.h"

struct asker {
    const struct exchange *exchange;
    bool is_client;
    struct text client; /* the id as text */
    struct id account_id;
};

/* Reads a request about a token (RFC 7009, 2.1; RFC 7662, 2.1). `needs_secret`: who has none may not ask.
 * ERR_INVALID_REQUEST, ERR_INVALID_CLIENT. */
int asker_read(struct exchange *exchange, bool needs_secret, struct asker *out, struct text *token,
               struct error *err) NODISCARD;

/* An access token of ours that counts. */
struct own_token {
    struct id credential_id;
    struct text username;
    json_t *claims;
};

/* Frees the claims. A zeroed struct is accepted. */
void own_token_release(struct own_token *token);

/* 1 if this is an access token that counts and belongs to the asker, 0 if not, -1. Release `out` in any case. */
int asker_find_access_token(const struct asker *asker, struct text token, struct own_token *out,
                            struct error *err) NODISCARD;

#endif
