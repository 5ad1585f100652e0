/* Finds who is signed in in the browser that asks.
 *
 *     int found = signed_in_find(exchange, signed_in_here(exchange, "/auth/device"), &session, err);
 *
 *     if (found <= 0)
 *         return found; */
#ifndef ORGD_SIGNED_IN_H
#define ORGD_SIGNED_IN_H

#include "domain/accounts/session.h"
#include "http/exchange.h"

/* Returns 1 and the session of the person who is signed in; 0 if nobody is, and sends the browser to the sign-in page,
 * which leads back to `next` (a path of ours with its query); -1 on failure. */
int signed_in_find(struct exchange *exchange, const char *next, struct session *out, struct error *err) NODISCARD;

/* Returns this path of ours with the request's query: the place to come back to. */
const char *signed_in_here(const struct exchange *exchange, const char *path);

#endif
