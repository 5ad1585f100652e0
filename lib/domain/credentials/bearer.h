/* From what a request presents to a credential, checked as far as memory allows. */
#ifndef ORGD_BEARER_H
#define ORGD_BEARER_H

#include "access_token.h"
#include "issuer.h"

/* Whose tokens count. */
struct bearer_trust {
    struct token_keys *keys;
    const struct token_terms *terms;
    struct issuers *issuers; /* NULL: no others */
};

/* The credential of an Authorization header's value: "Bearer" and an API key, a personal access token or an access
 * token (RFC 6750, 2.1). NULL, another scheme or anything malformed fails with ERR_UNAUTHORIZED. Only another issuer's
 * token can need the database or the issuer, and fail with ERR_UNAVAILABLE. */
int bearer_read(const struct call *call, const struct bearer_trust *trust, const char *authorization,
                struct credential *out, struct error *err) NODISCARD;

/* True if the header presents a bearer credential at all, good or bad. */
bool bearer_is_sent(const char *authorization);

/* True if a client that presents this credential may call itself so: by the account's id, the credential's, or not at
 * all
 * (`client_id` without data). */
bool bearer_is_named(struct text client_id, const struct id *account_id, const struct id *credential_id);

/* The credential of an API key or a personal access token; false if the text has neither form. */
bool bearer_read_secret(struct text text, struct credential *out);

#endif
