/* Random bytes from the kernel's generator (getrandom(2)). */
#ifndef ORGD_RANDOM_H
#define ORGD_RANDOM_H

#include "base.h"

/* Fills `out` with random bytes. Ends the process if the system has none. */
void random_fill(void *out, size_t length);

#endif
