/* A document from another server, by libcurl. */
#ifndef ORGD_HTTP_FETCH_H
#define ORGD_HTTP_FETCH_H

#include "base/buf.h"
#include "base/error.h"

/* GETs an http:// or https:// URL into `out`, whose maximum is the longest document that is taken. Looking up the name
 * included, it takes no longer than `timeout_s`. There are no redirects and no proxies, whatever the environment says,
 * and TLS is verified. Anything but a whole answer of status 200 fails with ERR_UNAVAILABLE and the cause, which is for
 * logs and not for clients. */
int http_fetch(const char *url, int64_t timeout_s, struct buf *out, struct error *err) NODISCARD;

#endif
