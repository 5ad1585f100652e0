/* Reads who asks about a token or revokes it: a client, or a service account with its API key. Each learns only about
 * its own tokens.
 *
 *     struct asker asker;
 *     struct text token;
 *
 *     if (asker_read(exchange, false, &asker, &token, err) < 0)
 *         return -1; */
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

/* Reads a request about a token (RFC 7009, 2.1; RFC 7662, 2.1). With `needs_secret`, an asker without a secret is
 * refused. Fails with ERR_INVALID_REQUEST or ERR_INVALID_CLIENT. */
int asker_read(struct exchange *exchange, bool needs_secret, struct asker *out, struct text *token,
               struct error *err) NODISCARD;

/* A valid access token of this service. */
struct own_token {
    struct id credential_id;
    struct text username;
    json_t *claims;
};

/* Frees the claims. Accepts a zeroed struct. */
void own_token_release(struct own_token *token);

/* Returns 1 if this is a valid access token of the asker, 0 if not, -1 on failure. Release `out` in any case. */
int asker_find_access_token(const struct asker *asker, struct text token, struct own_token *out,
                            struct error *err) NODISCARD;

#endif
