/* Passwords of people, by crypt(3). New hashes are yescrypt; bcrypt and sha512-crypt hashes of older user tables verify
 * too. */
#ifndef ORGD_PASSWORD_H
#define ORGD_PASSWORD_H

#include "base/arena.h"
#include "base/error.h"

#define PASSWORD_BYTES_MAX 256

/* Checks a new password. Fails with ERR_VALIDATION, which says what it needs: at least 8 characters, at most 256
 * bytes. */
int password_check(struct text password, struct error *err) NODISCARD;

/* Makes a yescrypt hash with a new salt, in the form of crypt(5), in the arena. Like password_verify(), it takes
 * megabytes. If memory runs out (memory.h), it notes that, and the hash is useless. */
struct text password_hash(struct arena *arena, struct text password);

/* True if the password has this hash. Takes the same time whether it does or not. A hash without data takes as long as
 * any other, so that nobody can tell which users exist. */
bool password_verify(struct arena *arena, struct text password, struct text hash);

/* True if password_verify() can check the hash, by its prefix and salt. */
bool password_hash_is_known(struct text hash);

/* The same, and the hash is complete. This takes as long as checking a password. */
bool password_hash_is_whole(struct arena *arena, struct text hash);

/* True if the hash is of an older kind than password_hash() makes. */
bool password_hash_is_outdated(struct text hash);

#endif
