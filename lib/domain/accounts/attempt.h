/* An attempt to sign in, and whether it may be made. A browser that the user has signed in with waits for nobody else.
 * All others share an allowance for the user, and one for their network. Strangers can use both up, and whoever knows
 * when to come again would get every new attempt. So a browser that was refused gets a turn THROTTLE_TURN_S later,
 * whatever others do meanwhile; turns are limited for each network.
 *
 *     if (attempt_begin(&throttle, call, &who, err) < 0)
 *         return -1;
 *     if (the password is right)
 *         return throttle_forgive(&throttle, err); */
#ifndef ORGD_ATTEMPT_H
#define ORGD_ATTEMPT_H

#include "domain/access/throttle.h"

/* Who wants to sign in. */
struct attempt_who {
    struct text name_key;
    struct id account_id; /* nil: nobody has this name */
    struct text hash;     /* without data: there is no password */
    const char *address;  /* NULL if unknown */
    struct text browser;  /* what names the browser */
    struct text known;    /* its cookie (known_browser.h) */
};

/* Counts an attempt, or fails with ERR_TOO_MANY and the seconds to wait. `throttle` gets where it counts. */
int attempt_begin(struct throttle *throttle, const struct call *call, const struct attempt_who *who,
                  struct error *err) NODISCARD;

#endif
