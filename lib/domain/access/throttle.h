/* Slows guessing down, across all workers. The database counts attempts by their target and by their origin. After the
 * first few, each attempt has to wait twice as long as the one before. */
#ifndef ORGD_THROTTLE_H
#define ORGD_THROTTLE_H

#include "domain/call.h"

/* What is counted: the target or the origin. Each kind has its number of free attempts and its longest wait. */
enum throttle_kind { THROTTLE_USER, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_USER_CODE_ADDRESS };

/* Counts an attempt before it is made, so that many at a time gain nothing. If it may not be made, fails with
 * ERR_TOO_MANY and the seconds to wait, and does not count it. `key` is the folded user name or the address. `previous`
 * gets the time of the attempt before, for throttle_give_back(). */
int throttle_take(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp *previous,
                  struct error *err) NODISCARD;

/* Forgets what was counted for this key: the attempt succeeded. */
int throttle_forgive(const struct call *call, enum throttle_kind kind, struct text key, struct error *err) NODISCARD;

/* Takes back an attempt that was not a guess. Use it for a key that many people share: one person's success must
 * neither erase another's guesses nor count. */
int throttle_give_back(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp previous,
                       struct error *err) NODISCARD;

/* Returns the part of a network address that belongs to one guesser: for IPv6 its /64. */
struct text throttle_address(struct arena *arena, const char *address);

#endif
