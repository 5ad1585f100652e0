/* Hashes of people's passwords, by crypt(3). New hashes are yescrypt (sha512-crypt where libxcrypt has no yescrypt);
 * bcrypt and sha512-crypt hashes of older user tables verify too. */
#ifndef ORGD_PASSWORD_H
#define ORGD_PASSWORD_H

#include "base/arena.h"
#include "base/error.h"

#define PASSWORD_BYTES_MAX 256

/* Makes a hash with a new salt, in the form of crypt(5), in the arena. Like password_verify(), it takes
 * megabytes. If memory runs out (memory.h), it notes that, and the hash is useless. */
struct text password_hash(struct arena *arena, struct text password);

/* True if the password has this hash. Takes as long as the costliest hash that any user has, of which `costliest` is
 * the beginning: whether the password is right or not, whatever kind this hash is of, and for a hash without data too.
 * So nobody can tell which users exist or when they signed in last. */
bool password_verify(struct arena *arena, struct text password, struct text hash, struct text costliest);

/* True if the right password should be hashed anew, since the hash is of an older kind. bcrypt looks at 72 bytes alone:
 * it does not prove the end of a password that is longer, or is one that was cut off, so that one keeps its hash. */
bool password_is_to_be_rehashed(struct arena *arena, struct text password, struct text hash);

/* Returns how long it takes to check a short password with this hash, in microseconds of a common processor; 0 if the
 * hash is of no known kind. The first 20 bytes of a hash are enough for it. */
int64_t password_hash_cost(struct text hash);

/* Checks a hash that was made elsewhere: its kind, that it is complete, and that it costs no more than bcrypt
 * at cost 12. Takes as long as checking a password. Fails with ERR_VALIDATION. */
int password_hash_check(struct arena *arena, struct text hash, struct error *err) NODISCARD;

#endif
