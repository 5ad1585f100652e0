/* Cookies (RFC 6265bis). They are always HttpOnly, SameSite=Lax, and for the mount of the service alone, so that no
 * browser sends them to what else its host serves. A secure cookie is also Secure. It is named `__Host-…`, so that no
 * other host can set it; below a prefix, where that name is not allowed (it demands the path /), `__Secure-…`.
 *
 *     struct text session = cookies_find(request, "session", true); */
#ifndef ORGD_COOKIES_H
#define ORGD_COOKIES_H

#include "http_request.h"
#include "http_response.h"

/* Returns the value of a cookie, or a text without data. */
struct text cookies_find(const struct http_request *request, const char *name, bool is_secure);

/* Sets a cookie that lasts for so many seconds; 0: until the browser ends. A `value` of NULL deletes it. */
void cookies_set(const struct http_request *request, struct http_response *response, const char *name, bool is_secure,
                 const char *value, int64_t lifetime_s);

#endif
