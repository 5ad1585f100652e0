/* Access tokens of other issuers, as the sections [issuer "URL"] of the configuration trust them. */
#ifndef ORGD_ISSUER_H
#define ORGD_ISSUER_H

#include "db/db.h"
#include "domain/access/caller.h"
#include "domain/call.h"

/* All issuers of a configuration, their keys, and the tokens that were verified lately. */
struct issuers;

/* Reads and fetches nothing yet. `config` must outlive the result, which belongs to the caller. */
struct issuers *issuers_open(const struct config *config);
void issuers_close(struct issuers *issuers);

/* Returns 0 if the token does not say to be of one of the issuers (NULL: there are none). Else checks everything about
 * it, and that its user has a row of `credentials`: 1 and the credential. ERR_UNAUTHORIZED, whatever is wrong;
 * ERR_UNAVAILABLE if the issuer's keys could never be read, or the database not be asked. A token that was verified
 * before is remembered, in bounded memory, until it expires or the issuer's keys change. */
int issuers_verify(struct issuers *issuers, const struct call *call, struct text token, struct credential *out,
                   struct error *err) NODISCARD;

#endif
