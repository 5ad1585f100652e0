/* Guessing slowed down, across all workers: attempts are counted in the database, by what they are aimed at and by
 * where they come from, and each one beyond the first few has to wait twice as long as the one before. */
#ifndef ORGD_THROTTLE_H
#define ORGD_THROTTLE_H

#include "domain/call.h"

/* What is guessed at or who guesses: how many attempts are free, and how long the wait may become. */
enum throttle_kind { THROTTLE_USER, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_USER_CODE_ADDRESS };

/* Counts an attempt before it is made, so that many at a time gain nothing. ERR_TOO_MANY, with the seconds to wait, if
 * it may not be made; it is not counted then. `key` is the folded user name or the address; `previous` gets the time of
 * the attempt before, for throttle_give_back(). */
int throttle_take(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp *previous,
                  struct error *err) NODISCARD;

/* Forgets what was counted for this key: the attempt succeeded. */
int throttle_forgive(const struct call *call, enum throttle_kind kind, struct text key, struct error *err) NODISCARD;

/* The attempt was no guess: it is as if it had not been made. For what is shared by many, where one person's success
 * must not wipe out what another has guessed, nor keep it in memory. */
int throttle_give_back(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp previous,
                       struct error *err) NODISCARD;

/* The part of a network address that one guesser has for himself: an IPv6 address counts by its /64. */
struct text throttle_address(struct arena *arena, const char *address);

#endif
