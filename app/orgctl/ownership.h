/* Who else than root and one user could put another file in the place of one that is there. */
#ifndef ORGCTL_OWNERSHIP_H
#define ORGCTL_OWNERSHIP_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/base.h"

/* Returns a path as a shell takes it, in the arena. */
const char *ownership_quote(const char *path, struct arena *arena);

/* Returns the name of a user, or the number of one that has none, in the arena. */
const char *ownership_name(uid_t user, struct arena *arena);

/* True if others than root and `user` may write to what has this status: everybody, or a group that others are in. */
bool ownership_is_shared(const struct stat *status, uid_t user);

/* True if every directory above lets everybody through. */
bool ownership_is_reachable(const char *path, struct arena *arena);

/* Looks at every directory above `path`. Returns NULL if only root and `user` can replace the file, or the file is not
 * there; else who can, and the command that ends it, in the arena. In a sticky directory of root's, such as /tmp,
 * nobody can who does not own the file. */
const char *ownership_fault(const char *path, uid_t user, struct arena *arena);

/* The same of a socket. It is away while its server is, so nobody else may write to its directory, sticky or not. */
const char *ownership_fault_of_socket(const char *path, uid_t user, struct arena *arena);

#endif
