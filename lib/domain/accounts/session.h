/* Signing in with a browser: passwords, and sessions as rows of `credentials` whose secret is in a cookie. */
#ifndef ORGD_SESSION_H
#define ORGD_SESSION_H

#include "db/db_unit.h"
#include "domain/access/secret.h"
#include "domain/call.h"

#define SESSION_USERNAME_BYTES_MAX 1024 /* nobody has a longer name, not even before it is normalized */

struct session {
    struct id id;
    struct id account_id;
    struct text username;
};

/* What a person typed, and from where. */
struct sign_in {
    struct text username; /* the user name, or the verified address */
    struct text password;
    const char *address;  /* the network address; NULL if unknown */
    struct text browser;  /* what names the browser */
    struct text known;    /* its cookie of known_browser.h; without data: none */
    struct text previous; /* the session's cookie that the browser has; without data: none */
};

/* Signs a person in. `cookie` gets the session's secret; wipe it after use. `known` gets the cookie by which the
 * browser is known from now on (known_browser.h). Replaces an older kind of password hash. The browser's previous
 * session ends, even if it has expired; what the same person granted in it belongs to the new one. Fails with
 * ERR_FORBIDDEN and the same sentence whatever the reason, so that nobody learns which users exist, also if the
 * password or the account changes meanwhile; or with ERR_TOO_MANY, or ERR_BUSY while others' passwords are being
 * checked, and the seconds to wait. */
int session_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                 struct text *known, struct error *err) NODISCARD;

/* Finds the session of a cookie's value. Returns 1, 0 if there is no valid one, or -1. */
int session_find(const struct call *call, struct text cookie, struct session *out, struct error *err) NODISCARD;

/* Signs out: ends the session of a cookie's value, even if it has expired, and every token that was granted in it. Does
 * nothing if there is none. */
int session_close(const struct call *call, struct text cookie, struct error *err) NODISCARD;

/* Adds the end of all sessions, grants, access tokens and mailed links (mailed_link.h) of an account to a transaction.
 * Keys and personal access tokens stay. */
void session_end_all(struct db_unit *unit, const struct id *account_id, struct timestamp now);

/* Adds to a transaction that a user gets a password, given as its hash. Also ends what session_end_all() ends. */
void session_plan_password(struct db_unit *unit, const struct call *call, const struct id *account_id,
                           struct text hash);

#endif
