/* People signed in in a browser: passwords, and sessions as rows of `credentials` whose secret is in a cookie. */
#ifndef ORGD_SESSION_H
#define ORGD_SESSION_H

#include "domain/access/secret.h"
#include "domain/call.h"

#define SESSION_USERNAME_BYTES_MAX 256 /* a longer name is nobody's */

struct session {
    struct id id;
    struct id account_id;
    struct text username;
};

/* What a person typed, and where that came from. */
struct sign_in {
    struct text username;
    struct text password;
    const char *address; /* of the network; NULL if unknown */
};

/* Signs a person in. `cookie` gets the session's secret; wipe it after use. An older kind of password hash is replaced
 * by ours. ERR_FORBIDDEN, the same whatever the reason, so that nobody learns which users exist; ERR_TOO_MANY, with the
 * seconds to wait. */
int session_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                 struct error *err) NODISCARD;

/* 1 and the session that the cookie's value belongs to, 0 if it belongs to none that counts, -1. */
int session_find(const struct call *call, struct text cookie, struct session *out, struct error *err) NODISCARD;

/* Signs out: ends the session and every token that was granted in it. */
int session_close(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* Sets the password of a user, given as its hash, and ends all sessions and grants of that user. */
int session_set_password(const struct call *call, const struct id *account_id, struct text hash,
                         struct error *err) NODISCARD;

/* Deletes some of what has expired a day ago, every eighth time: for whatever strangers can make rows by. */
void session_purge_now_and_then(const struct call *call);

#endif
