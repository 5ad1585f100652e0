/* Refresh tokens (RFC 6749, 6): the secret of a grant, which changes with each use. The grant knows the number of the
 * current one, so an older one is recognized, since whoever sends it has copied it.
 *
 *     if (refresh_exchange(call, refresh_token, client, &granted, err) < 0)
 *         return -1;
 */
#ifndef ORGD_REFRESH_H
#define ORGD_REFRESH_H

#include "grant.h"

/* Exchanges a refresh token for the next one. Fails with ERR_INVALID_GRANT if it is unknown, expired, revoked or
 * another client's. A token that was used before ends its whole family (RFC 9700, 4.14.2), unless it is the last used
 * one, within 30 seconds, and the next one has not been used yet: then it gives that one again, for a client that has
 * lost an answer or asked twice at once. `client` is the id of the client that asks. */
int refresh_exchange(const struct call *call, struct text refresh_token, struct text client, struct granted *out,
                     struct error *err) NODISCARD;

/* A valid refresh token, for introspection. */
struct refresh_state {
    struct id account_id;
    struct text username;
    struct timestamp expires;
};

/* Finds a refresh token. Returns 1 if it is the current one of a grant to this client, 0 if not, or -1. */
int refresh_find(const struct call *call, struct text refresh_token, struct text client, struct refresh_state *out,
                 struct error *err) NODISCARD;

/* Reads the grant's id from a refresh token, without the database. Returns false if the text has another form. */
bool refresh_names_grant(struct text refresh_token, struct id *out);

#endif
