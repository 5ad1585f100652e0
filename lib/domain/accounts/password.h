/* Passwords of people, by crypt(3): made as yescrypt; bcrypt and sha512-crypt of older user tables verify as well. */
#ifndef ORGD_PASSWORD_H
#define ORGD_PASSWORD_H

#include "base/arena.h"
#include "base/error.h"

#define PASSWORD_BYTES_MAX 256

/* ERR_VALIDATION says what a new password needs: 8 characters at least, 256 bytes at most. */
int password_check(struct text password, struct error *err) NODISCARD;

/* A yescrypt hash with a fresh salt, in the form of crypt(5), in the arena. As password_verify(), it takes megabytes,
 * and may note that memory ran out (memory.h); then the hash is of no use. */
struct text password_hash(struct arena *arena, struct text password);

/* True if the password has this hash. It costs as much whether it does or not; a hash without data costs as much as
 * any, so that nobody can tell which users exist. */
bool password_verify(struct arena *arena, struct text password, struct text hash);

/* True for a hash that password_verify() can check, as far as its prefix and salt tell. */
bool password_hash_is_known(struct text hash);

/* The same, and nothing is missing at its end: as slow as checking a password. */
bool password_hash_is_whole(struct arena *arena, struct text hash);

/* True if the hash is not of the kind that password_hash() makes. */
bool password_hash_is_outdated(struct text hash);

#endif
