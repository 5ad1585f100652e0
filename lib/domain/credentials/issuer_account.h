/* Whose account another issuer's token opens: a row of `credentials` of kind 'external', made at first sight. */
#ifndef ORGD_ISSUER_ACCOUNT_H
#define ORGD_ISSUER_ACCOUNT_H

#include "db/db.h"
#include "domain/call.h"
#include "issuer_settings.h"

/* Who a verified token is about. */
struct issuer_subject {
    struct text user;  /* the value of the issuer's `user_claim` */
    struct text email; /* without data: none, or none that is fit to be stored */
};

/* The id that issuer and user have in `credentials`, the same on every host: from their digest, with the version 8 of
 * RFC 9562, so that it is no id of another kind of row. */
struct id issuer_account_credential(const struct issuer_settings *issuer, struct text user, struct arena *arena);

/* Makes sure that the row is there: for the user of this name if there is one, else for one that is created if the
 * issuer may. Whether account and credential are active is for the request's own statement to say. ERR_UNAUTHORIZED if
 * the token's user is nobody here. */
int issuer_account_ensure(const struct call *call, const struct issuer_settings *issuer,
                          const struct issuer_subject *subject, struct error *err) NODISCARD;

#endif
