/* Which browsers a user has signed in with. Such a browser has a bucket of its own for its attempts, so that strangers
 * who guess at the user do not keep it waiting. It holds a cookie: a random number, and for each of the last users a
 * code (HMAC) of user and number under the user's password hash. So nothing is stored for it, a new password makes the
 * browser a stranger again, and the cookie opens nothing. */
#ifndef ORGD_KNOWN_BROWSER_H
#define ORGD_KNOWN_BROWSER_H

#include "base/arena.h"
#include "base/id.h"

/* Other people may share a browser; the earliest user is forgotten. */
#define KNOWN_BROWSER_USERS_MAX 4

/* True if the user with this password hash has signed in with the browser that has the cookie. Either may be without
 * data. `key` gets what names browser and user, for the throttle. */
bool known_browser_is(struct arena *arena, struct text cookie, const struct id *account_id, struct text hash,
                      struct text *key);

/* Returns the cookie of the browser after this user has signed in. `cookie` is the one that it has; if it is none of
 * ours, the browser gets a new one. */
struct text known_browser_add(struct arena *arena, struct text cookie, const struct id *account_id, struct text hash);

#endif
