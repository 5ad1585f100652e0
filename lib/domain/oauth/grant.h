/* What people grant to clients. A grant is a row of `credentials`; its access tokens name it (the claim `cred`), and
 * its secret is the current refresh token. Ending the row ends the whole family at once. */
#ifndef ORGD_GRANT_H
#define ORGD_GRANT_H

#include "domain/access/secret.h"
#include "domain/call.h"

#define GRANT_WRONG_VERIFIERS_MAX 5 /* after so many, the code ends */

/* A grant as its client sees it. */
struct granted {
    struct id grant_id;
    struct id account_id;
    struct text client; /* the client's id as text */
    char refresh_token[SECRET_TEXT_SIZE];
};

/* Authorization codes (RFC 6749, 4.1; RFC 7636) */

struct code_request {
    struct id client_id;
    struct id account_id;
    struct id session_id;
    struct text redirect_uri; /* as sent; empty if it was not sent */
    struct text challenge;    /* PKCE with S256; without data: none */
};

/* Makes a code that can be used once, within 60 seconds. Wipe it after use. */
int grant_issue_code(const struct call *call, const struct code_request *request, char code[SECRET_TEXT_SIZE],
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
int grant_redeem_code(const struct call *call, const struct code_exchange *exchange, struct granted *out,
                      struct error *err) NODISCARD;

/* Refresh tokens */

/* Exchanges a refresh token for the next one. Fails with ERR_INVALID_GRANT as above. A refresh token that was used
 * before ends its whole family (RFC 9700, 4.14.2). `client` is the id of the client that asks. */
int grant_refresh(const struct call *call, struct text refresh_token, struct text client, struct granted *out,
                  struct error *err) NODISCARD;

/* A valid refresh token, for introspection. */
struct grant_state {
    struct id account_id;
    struct text username;
    struct timestamp expires;
};

/* Reads the state of a refresh token. Returns 1 if it is the current one of a grant to this client, 0 if not, or -1. */
int grant_describe(const struct call *call, struct text refresh_token, struct text client, struct grant_state *out,
                   struct error *err) NODISCARD;

/* Ends a grant to this client. Does nothing if there is none. */
int grant_revoke(const struct call *call, const struct id *grant_id, struct text client, struct error *err) NODISCARD;

/* Reads the grant's id from a refresh token, without the database. Returns false if the text has another form. */
bool grant_of_refresh_token(struct text refresh_token, struct id *out);

/* For transactions of other modules: makes a grant. The caller sets `out->grant_id`, `account_id` and `client`. */
int grant_insert(const struct call *call, const struct id *session_id, struct granted *out,
                 struct error *err) NODISCARD;

/* For a transaction in doubt that made a grant. Returns 1 if the grant exists, 0 if not, or -1. */
int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err) NODISCARD;

#endif
