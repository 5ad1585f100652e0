/* Whose account another issuer's token opens: that which its identity is linked to, and what the issuer's section lets
 * happen when an identity is seen for the first time. */
#ifndef ORGD_ISSUER_USER_H
#define ORGD_ISSUER_USER_H

#include "domain/call.h"
#include "issuer_settings.h"

/* The user whom a verified token names. */
struct issuer_subject {
    struct text user;  /* the value of the issuer's `user_claim`; identity_is_subject() */
    struct text email; /* as the issuer says, who has verified it; without data: there is none */
};

/* Finds the identity of the user, and gives its id, which is that of its row in `credentials`; the request's own
 * statement says whether the row counts. An identity without a row is linked now if the section allows it: to the user
 * of this name, or to a new one. Fails with ERR_UNAUTHORIZED if the identity is linked to nobody. */
int issuer_user_find(const struct call *call, const struct issuer_settings *issuer,
                     const struct issuer_subject *subject, struct id *out, struct error *err) NODISCARD;

#endif
