/* Landlock: what the kernel takes away from a process and its children in the file system and towards other processes
 * (landlock(7)). */
#ifndef ORGD_LANDLOCK_H
#define ORGD_LANDLOCK_H

#include "base/base.h"
#include "base/error.h"

/* True if this kernel has Landlock, and nothing (a unit, a container) keeps this process from using it. */
bool landlock_is_there(void);

/* From now on this process executes no program, makes, removes and renames no file, and opens none but /dev/null for
 * writing; files that are open already stay as they are. Below the directory `logs` (NULL: there is none) it may make
 * files and open them for writing. It reads and traces no process that is not restricted with it,
 * not even as root and not through /proc/PID/mem, and, where the kernel has Landlock 6, sends it no signal. There is no
 * way back. Call it after PR_SET_NO_NEW_PRIVS, and only if landlock_is_there(). Fails with ERR_INTERNAL. */
int landlock_restrict(const char *logs, struct error *err) NODISCARD;

#endif
