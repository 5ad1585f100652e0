/* Access tokens of other issuers, as the sections [issuer "URL"] of the configuration trust them. */
#ifndef ORGD_ISSUER_H
#define ORGD_ISSUER_H

#include "db/db.h"
#include "domain/access/caller.h"
#include "domain/call.h"
#include "jwt.h"

#define ISSUER_TOKEN_BYTES_MAX 8192 /* a longer token is refused unread */

/* All issuers of a configuration, their keys, and the tokens that were verified recently. */
struct issuers;

/* Prepares the issuers. Reads and fetches nothing yet. `config` must outlive the result, which the caller owns. */
struct issuers *issuers_open(const struct config *config);
void issuers_close(struct issuers *issuers);

/* Checks a token. Returns 0 if it does not name one of the issuers (NULL: there are none). Otherwise checks everything
 * about it, and that its identity is linked to an account; returns 1 and the credential. Fails with ERR_UNAUTHORIZED,
 * whatever is wrong; with ERR_UNAVAILABLE if the issuer's keys could never be read, or the database does not answer.
 * Remembers a verified token, in bounded memory, until it expires or the issuer's keys change. */
int issuers_verify(struct issuers *issuers, const struct call *call, struct jwt *token, struct credential *out,
                   struct error *err) NODISCARD;

#endif
