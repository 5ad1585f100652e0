/* The pages that people see: HTML without scripts, cookies, and tokens against forged forms. */
#ifndef ORGD_PAGE_H
#define ORGD_PAGE_H

#include "domain/accounts/session.h"
#include "http/exchange.h"

/* Starts a page. `form_target` (may be NULL) is where a form's answer may redirect to besides ourselves, for the
 * content security policy. */
void page_begin(struct exchange *exchange, const char *title, const char *form_target);
void page_end(struct exchange *exchange);

/* Appends HTML as it is. */
void page_html(struct exchange *exchange, const char *html);

/* Appends HTML with each `{}` replaced by the next of `count` texts, escaped. */
void page_add(struct exchange *exchange, const char *html, const struct text *texts, size_t count);
#define PAGE_ADD(exchange, html, ...)                                                                                  \
    page_add(exchange, html, (const struct text[]){__VA_ARGS__},                                                       \
             sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text))

/* The opening tag of a form that is posted to this path below the mount, with its token; close it with "</form>". */
void page_form(struct exchange *exchange, const char *path);
void page_hidden(struct exchange *exchange, const char *name, struct text value);

/* A whole page with one sentence, such as an error. Returns 0. */
int page_message(struct exchange *exchange, int status, const char *title, struct text sentence);

/* What web servers take of a header's line. */
#define LOCATION_BYTES_MAX 8000

/* A redirect by 303 (RFC 9700, 4.12), to a path below the mount or to any URL; ERR_LONG_ADDRESS if that is longer than
 * a header may be. */
int page_redirect(struct exchange *exchange, const char *path, struct error *err) NODISCARD;
int page_redirect_to(struct exchange *exchange, const char *url, struct error *err) NODISCARD;

/* Cookies: `__Host-` and Secure where public_url is https, always HttpOnly and SameSite=Lax. */
struct text page_session_cookie(const struct exchange *exchange);
void page_set_session_cookie(struct exchange *exchange, const char *value); /* NULL: delete it */

/* False, after an answer to the person, unless the posted form carries the token of this browser and session. */
bool page_is_genuine(struct exchange *exchange, const struct urlencoded *form);

/* The session of the person who is signed in: 1, 0 after a redirect to the sign-in page, from which one comes back to
 * `next` (a path below the mount with its query), or -1. */
int page_session(struct exchange *exchange, const char *next, struct session *out, struct error *err) NODISCARD;

/* A path below the mount with this request's query: the place to come back to. */
const char *page_here(const struct exchange *exchange, const char *path);

#endif
