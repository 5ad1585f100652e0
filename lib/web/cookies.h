/* Cookies (RFC 6265bis). They are always HttpOnly, SameSite=Lax and for the whole host. A secure cookie is also Secure
 * and named `__Host-…`, so that no other host can set it.
 *
 *     struct text session = cookies_find(request, "session", true); */
#ifndef ORGD_COOKIES_H
#define ORGD_COOKIES_H

#include "http_request.h"
#include "http_response.h"

/* Returns the value of a cookie, or a text without data. */
struct text cookies_find(const struct http_request *request, const char *name, bool is_secure);

/* Sets a cookie that lasts for so many seconds; 0: until the browser ends. A `value` of NULL deletes it. */
void cookies_set(struct http_response *response, const char *name, bool is_secure, const char *value,
                 int64_t lifetime_s);

#endif
