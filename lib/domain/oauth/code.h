/* Authorization codes (RFC 6749, 4.1; RFC 7636). A client gets one through the browser, and exchanges it for a grant.
 *
 *     if (code_redeem(call, &exchange, &granted, err) < 0)
 *         return -1;
 */
#ifndef ORGD_CODE_H
#define ORGD_CODE_H

#include "grant.h"

#define CODE_WRONG_VERIFIERS_MAX 5 /* after so many, the code ends */

struct code_request {
    struct id client_id;
    struct id account_id;
    struct id session_id;
    bool is_unasked;          /* the person has not been asked for this code */
    struct text redirect_uri; /* as sent; empty if it was not sent */
    struct text challenge;    /* PKCE with S256; without data: none */
};

/* Makes a code that can be used once, within 60 seconds. Wipe it after use. Fails with ERR_STALE_FORM if the session or
 * the client has just ended. An unasked one fails with ERR_CONSENT_REQUIRED unless the client is trusted, or has a
 * grant of this person that has not ended. */
int code_issue(const struct call *call, const struct code_request *request, char code[SECRET_TEXT_SIZE],
               struct error *err) NODISCARD;

struct code_exchange {
    struct text code;
    struct id client_id;
    struct text redirect_uri; /* empty if it was not sent */
    struct text verifier;     /* without data: none was sent */
};

/* Exchanges a code for a grant. Fails with ERR_INVALID_GRANT if the code is unknown, expired, another client's or used,
 * or if redirect URI or verifier do not match. A second use ends the grant that the first one gave; five wrong
 * verifiers end the code. */
int code_redeem(const struct call *call, const struct code_exchange *exchange, struct granted *out,
                struct error *err) NODISCARD;

#endif
