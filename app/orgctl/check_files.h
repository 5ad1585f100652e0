/* What "check" asks about the files that the configuration names. */
#ifndef ORGCTL_CHECK_FILES_H
#define ORGCTL_CHECK_FILES_H

#include "base/arena.h"
#include "base/base.h"

/* Returns what is wrong with who may reach a file (NULL: nothing, or there is no such file): others may change it, or,
 * if it `is_secret`, read it. A directory that keeps others out protects what is in it. The sentence, in the arena,
 * says what to do. */
const char *check_file(const char *path, bool is_secret, struct arena *arena);

#endif
