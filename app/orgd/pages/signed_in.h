/* Finds who is signed in in the browser that asks.
 *
 *     if (signed_in_require(exchange, signed_in_here(exchange, "/auth/device"), &session, err) < 0)
 *         return -1; */
#ifndef ORGD_SIGNED_IN_H
#define ORGD_SIGNED_IN_H

#include "domain/accounts/session.h"
#include "http/exchange.h"

/* Finds the session of the person who is signed in. Fails with ERR_SIGN_IN if nobody is: problem.c then sends the
 * browser to the sign-in page, which leads back to `next` (a path of ours with its query). ERR_LONG_ADDRESS if that
 * does not fit into an address. */
int signed_in_require(struct exchange *exchange, const char *next, struct session *out, struct error *err) NODISCARD;

/* Returns this path of ours with the request's query: the place to come back to. */
const char *signed_in_here(const struct exchange *exchange, const char *path);

#endif
