/* Fetches a document from another server, by libcurl. */
#ifndef ORGD_HTTP_FETCH_H
#define ORGD_HTTP_FETCH_H

#include <curl/curl.h>

#include "base/buf.h"
#include "base/error.h"

/* GETs an http:// or https:// URL into `out`, whose maximum limits the document. It takes at most `timeout_s`, the
 * look-up of the name included. It follows no redirects, uses no proxies (whatever the environment says), and verifies
 * TLS. Anything but a whole answer of status 200 fails with ERR_UNAVAILABLE. The message names the cause: log it, but
 * do not send it to clients. */
int http_fetch(const char *url, int64_t timeout_s, struct buf *out, struct error *err) NODISCARD;

/* Keeps a transfer to http:// and https://. libcurl knows many protocols more. */
CURLcode http_fetch_limit_protocols(CURL *curl) NODISCARD;

#endif
