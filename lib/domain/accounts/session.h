/* Signing in with a browser: passwords, and sessions as rows of `credentials` whose secret is in a cookie. */
#ifndef ORGD_SESSION_H
#define ORGD_SESSION_H

#include "domain/access/secret.h"
#include "domain/call.h"

#define SESSION_USERNAME_BYTES_MAX 256 /* nobody has a longer name */

struct session {
    struct id id;
    struct id account_id;
    struct text username;
};

/* What a person typed, and from where. */
struct sign_in {
    struct text username;
    struct text password;
    const char *address; /* the network address; NULL if unknown */
};

/* Signs a person in. `cookie` gets the session's secret; wipe it after use. Replaces an older kind of password hash.
 * Fails with ERR_FORBIDDEN and the same sentence whatever the reason, so that nobody learns which users exist; or with
 * ERR_TOO_MANY and the seconds to wait. */
int session_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                 struct error *err) NODISCARD;

/* Finds the session of a cookie's value. Returns 1, 0 if there is no valid one, or -1. */
int session_find(const struct call *call, struct text cookie, struct session *out, struct error *err) NODISCARD;

/* Signs out: ends the session and every token that was granted in it. */
int session_close(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* Sets the password of a user, given as its hash, and ends all sessions and grants of that user. */
int session_set_password(const struct call *call, const struct id *account_id, struct text hash,
                         struct error *err) NODISCARD;

#endif
