/* Reads who asks about a token or revokes it: a client, or a service account with its API key. Each learns only about
 * its own tokens, but a resource server about all that others may call it with.
 *
 *     struct asker asker;
 *     struct text token;
 *
 *     if (asker_read(exchange, false, &asker, &token, err) < 0)
 *         return -1; */
#ifndef ORGD_ASKER_H
#define ORGD_ASKER_H

#include <jansson.h>

#include "domain/accounts/account.h"
#include "http/exchange.h"

struct asker {
    const struct exchange *exchange;
    bool is_client;
    bool is_resource_server; /* a client that may know about everybody's */
    struct text client;      /* the id as text */
    struct id account_id;
};

/* Reads a request about a token (RFC 7009, 2.1; RFC 7662, 2.1). With `needs_secret`, an asker without a secret is
 * refused. Fails with ERR_INVALID_REQUEST or ERR_INVALID_CLIENT. */
int asker_read(struct exchange *exchange, bool needs_secret, struct asker *out, struct text *token,
               struct error *err) NODISCARD;

/* A valid access token of this service, API key or personal access token. */
struct known_token {
    struct id credential_id;
    struct account account;
    json_t *claims; /* of an access token */
};

/* Frees the claims. Accepts a zeroed struct. */
void known_token_release(struct known_token *token);

/* Returns 1 if this is a valid access token that the asker may know about, 0 if not, -1 on failure. Release `out` in
 * any case. */
int asker_find_access_token(const struct asker *asker, struct text token, struct known_token *out,
                            struct error *err) NODISCARD;

/* The same for an API key or a personal access token, about which resource servers alone may ask. */
int asker_find_secret(const struct asker *asker, struct text secret, struct known_token *out,
                      struct error *err) NODISCARD;

#endif
