/* Finds the account for another issuer's token: a row of `credentials` of kind 'external', made when the user's first
 * token comes. */
#ifndef ORGD_ISSUER_ACCOUNT_H
#define ORGD_ISSUER_ACCOUNT_H

#include "db/db.h"
#include "domain/call.h"
#include "issuer_settings.h"

/* The user whom a verified token names. */
struct issuer_subject {
    struct text user;  /* the value of the issuer's `user_claim` */
    struct text email; /* without data: there is none, or it cannot be stored */
};

/* Makes the id of issuer and user in `credentials`, from their digest, so that it is the same on every host. It has
 * version 8 of RFC 9562, so it is no id of another kind of row. */
struct id issuer_account_credential(const struct issuer_settings *issuer, struct text user, struct arena *arena);

/* Makes sure that the row exists: for the user of this name if there is one, else for a new user if the issuer may
 * create one. The request's own statement checks whether account and credential are active. Fails with ERR_UNAUTHORIZED
 * if the user is unknown here. */
int issuer_account_ensure(const struct call *call, const struct issuer_settings *issuer,
                          const struct issuer_subject *subject, struct error *err) NODISCARD;

#endif
