/* Cookies (RFC 6265bis): always HttpOnly, SameSite=Lax and for the whole host. A secure one is Secure as well, and
 * named
 * `__Host-…`, so that no other host can set it.
 *
 *     struct text session = cookies_find(request, "session", true);
 */
#ifndef ORGD_COOKIES_H
#define ORGD_COOKIES_H

#include "http_request.h"
#include "http_response.h"

/* The value of a cookie, or a text without data. */
struct text cookies_find(const struct http_request *request, const char *name, bool is_secure);

/* Sets a cookie until the browser ends; `value` NULL deletes it. */
void cookies_set(struct http_response *response, const char *name, bool is_secure, const char *value);

#endif
