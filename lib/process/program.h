/* Where this program is: what belongs to it is found beside it, wherever both were put. */
#ifndef ORGD_PROGRAM_H
#define ORGD_PROGRAM_H

#include "base/arena.h"

/* Returns the path of the program, in the arena; "" if there is no /proc. */
const char *program_path(struct arena *arena);

/* Returns the path of a file that is at `relative` from the program's directory, such as "../sql", in the arena. */
const char *program_beside(const char *relative, struct arena *arena);

#endif
