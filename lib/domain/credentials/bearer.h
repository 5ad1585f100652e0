/* From what a request presents to a credential, checked as far as memory allows. */
#ifndef ORGD_BEARER_H
#define ORGD_BEARER_H

#include "access_token.h"
#include "issuer.h"

/* Whose tokens count. */
struct auth_trust {
    struct token_keys *keys;
    const struct token_terms *terms;
    struct issuers *issuers; /* NULL: no others */
};

/* The credential of an Authorization header's value: "Bearer" and an API key, a personal access token or an access
 * token (RFC 6750, 2.1). NULL, another scheme or anything malformed fails with ERR_UNAUTHORIZED. Only another issuer's
 * token can need the database or the issuer, and fail with ERR_UNAVAILABLE. */
int auth_read_bearer(const char *authorization, const struct auth_trust *trust, struct arena *arena,
                     struct timestamp now, struct credential *out, struct error *err) NODISCARD;

/* True if the header presents a bearer credential at all, good or bad. */
bool auth_has_bearer(const char *authorization);

/* True if a client that presents this credential may call itself so: by the account's id, the credential's, or not at
 * all
 * (`client_id` without data). */
bool auth_is_named(struct text client_id, const struct id *account_id, const struct id *credential_id);

/* The credential of an API key or a personal access token; false if the text has neither form. */
bool auth_read_secret(struct text text, struct credential *out);

#endif
