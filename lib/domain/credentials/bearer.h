/* Turns what a request presents into a credential, and checks it as far as possible without the database. */
#ifndef ORGD_BEARER_H
#define ORGD_BEARER_H

#include "access_token.h"
#include "issuer.h"

/* Whose access tokens are accepted. */
struct bearer_trust {
    struct token_keys *keys;
    const struct token_terms *terms;
    struct issuers *issuers; /* NULL: there are no other issuers */
};

/* Reads the credential of an Authorization header's value: "Bearer" and an API key, a personal access token or an
 * access token (RFC 6750, 2.1). NULL, another scheme and anything malformed fail with ERR_UNAUTHORIZED. Only another
 * issuer's token may need the database or the issuer, and then may fail with ERR_UNAVAILABLE. */
int bearer_read(const struct call *call, const struct bearer_trust *trust, const char *authorization,
                struct credential *out, struct error *err) NODISCARD;

/* True if the header presents a bearer credential, good or bad. */
bool bearer_is_sent(const char *authorization);

/* Returns what such a header presents, without white space around it; empty if there is nothing else. */
struct text bearer_value(const char *authorization);

/* True if a client that presents this credential may use this `client_id`: the account's id, the credential's, or none
 * (a text without data). */
bool bearer_is_named(struct text client_id, const struct id *account_id, const struct id *credential_id);

/* Reads the credential of an API key or a personal access token, presented now. Returns false if the text has neither
 * form. */
bool bearer_read_secret(struct text text, struct timestamp now, struct credential *out);

#endif
