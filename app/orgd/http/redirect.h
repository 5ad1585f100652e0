/* Redirects by 303, after which no browser sends a form again (RFC 9700, 4.12).
 *
 *     return redirect_to(exchange, "/auth/sign-in", err);
 */
#ifndef ORGD_REDIRECT_H
#define ORGD_REDIRECT_H

#include "exchange.h"

/* What web servers take of a header's line. */
#define REDIRECT_BYTES_MAX 8000

/* Sends the browser to a path of ours, without the mount. ERR_LONG_ADDRESS if that is longer than a header may be. */
int redirect_to(struct exchange *exchange, const char *path, struct error *err) NODISCARD;

/* The same for any URL. */
int redirect_to_url(struct exchange *exchange, const char *url, struct error *err) NODISCARD;

/* Fails with ERR_LONG_ADDRESS, for who makes an address with a maximum of its own. */
int redirect_is_too_long(struct error *err) NODISCARD;

#endif
