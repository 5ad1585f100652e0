/* The browser in front of a person: its cookies, and the tokens of its forms. One cookie holds the session's
 * secret, another says which browser this is even before anybody has signed in, and the third, which stays, who has
 * signed in with it (domain/accounts/known_browser.h). A form's token is derived from both,
 * so only a page of ours that this browser has been given can have it (RFC 6749, 10.12); nothing is stored for it.
 *
 *     if (browser_check_form(exchange, err) < 0)
 *         return -1;
 */
#ifndef ORGD_BROWSER_H
#define ORGD_BROWSER_H

#include "exchange.h"

/* The session's secret, or a text without data. */
struct text browser_session(const struct exchange *exchange);

/* Sends the session's secret to the browser; NULL makes the browser forget it. */
void browser_set_session(struct exchange *exchange, const char *secret);

/* What names the browser; without data if it has no cookie yet. */
struct text browser_name(const struct exchange *exchange);

/* The cookie that tells who has signed in with this browser, or a text without data. */
struct text browser_known(const struct exchange *exchange);
void browser_set_known(struct exchange *exchange, struct text known);

/* The token for the forms of a page, in the arena; a browser that is new gets its cookie. */
struct text browser_form_token(struct exchange *exchange);

/* Checks the token of the form that was posted. ERR_STALE_FORM if it is not that of this browser and session;
 * ERR_INVALID_REQUEST if the form has more fields than are looked at. */
int browser_check_form(const struct exchange *exchange, struct error *err) NODISCARD;

/* True if the form that was posted says what a person has decided. Only such a form needs a token where a client may
 * post a request as well (ROUTE_REQUEST_OR_DECISION_BODY). */
bool browser_has_decided(const struct exchange *exchange);

#endif
