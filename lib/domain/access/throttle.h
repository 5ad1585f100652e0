/* Slows down what strangers may do as often as they like: guessing, and asking for rows. The database counts attempts
 * by their target and by their origin, across all workers. One attempt counts in several buckets, or in none.
 *
 *     struct throttle throttle;
 *
 *     throttle_init(&throttle, call);
 *     throttle_add_address(&throttle, THROTTLE_SIGN_IN_ADDRESS, address);
 *     throttle_add(&throttle, THROTTLE_USER, name_key);
 *     if (throttle_take(&throttle, err) < 0)
 *         return -1;
 *     if (it was right)
 *         return throttle_forgive(&throttle, err); */
#ifndef ORGD_THROTTLE_H
#define ORGD_THROTTLE_H

#include "domain/call.h"

/* What is counted. Each kind has its number of free attempts and its longest wait (throttle.c). */
enum throttle_kind {
    THROTTLE_USER,              /* sign-ins of browsers that the user has not used yet */
    THROTTLE_BROWSER,           /* sign-ins of a browser that the user has used */
    THROTTLE_SIGN_IN_ADDRESS,   /* sign-ins of browsers that the user has not used yet */
    THROTTLE_TURN_ADDRESS,      /* sign-ins of browsers that have waited for their turn */
    THROTTLE_USER_CODE_ADDRESS, /* codes of devices that people type */
    THROTTLE_DEVICE_ADDRESS,    /* devices that ask for a code */
    THROTTLE_RESET_ADDRESS,     /* people who have forgotten a password */
    THROTTLE_RESET_ACCOUNT,     /* mails about that to one of them */
    THROTTLE_PROOF_ACCOUNT,     /* mails to the addresses that an account says are its own */
    THROTTLE_ACCOUNT_ADDRESS,   /* new accounts of people who have a link, whether they come to be or not */
};

#define THROTTLE_BUCKETS_MAX 4

/* An attempt, and where it counts. */
struct throttle {
    const struct call *call;
    struct throttle_bucket {
        enum throttle_kind kind;
        int64_t free_attempts;
        struct digest digest;
        struct timestamp previous; /* the time of the attempt before */
    } buckets[THROTTLE_BUCKETS_MAX];
    size_t count;
};

void throttle_init(struct throttle *throttle, const struct call *call);

/* Adds the bucket of a target, such as a folded user name. */
void throttle_add(struct throttle *throttle, enum throttle_kind kind, struct text key);

/* Adds the buckets of an address, or NULL: an IPv4 address has one, also where it is mapped into IPv6 (RFC 4291,
 * 2.5.5.2). An IPv6 address has those of its networks of 48, 56 and 64 bits, since one guesser may have any of them;
 * the wider ones have more free attempts. */
void throttle_add_address(struct throttle *throttle, enum throttle_kind kind, const char *address);

/* Counts the attempt before it is made, so that many at a time gain nothing. If it may not be made, fails with
 * ERR_TOO_MANY and the seconds to wait, and counts in no bucket. */
int throttle_take(struct throttle *throttle, struct error *err) NODISCARD;

/* Takes the attempt back: it was not made, or it was no guess. */
int throttle_give_back(const struct throttle *throttle, struct error *err) NODISCARD;

/* The attempt succeeded. Forgets what was counted for the targets. To an address, which many people share, gives back
 * the one attempt: it must neither erase another's guesses nor count. */
int throttle_forgive(const struct throttle *throttle, struct error *err) NODISCARD;

/* Fails with ERR_TOO_MANY and this wait. */
int throttle_refuse(int64_t wait_s, struct error *err);

/* Starts a wait under this key, unless one has begun, and sets how many seconds are left of THROTTLE_TURN_S. With 0 the
 * turn has come, and the next wait begins. */
#define THROTTLE_TURN_S 30
int throttle_await(const struct call *call, struct text key, int64_t *rest_s, struct error *err) NODISCARD;

/* Returns the widest network of an address that has a bucket, such as "192.0.2.1" or "2001:db8::/48". */
struct text throttle_network(struct arena *arena, const char *address);

#endif
