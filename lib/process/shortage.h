/* Tells the processes of an installation on this host that connections to the database are short: who cannot get one
 * notes it, and who has one then gives it back after each request. It is a word of shared memory, so that asking costs
 * no system call. */
#ifndef ORGD_SHORTAGE_H
#define ORGD_SHORTAGE_H

#include <stdatomic.h>

#include "base/base.h"

struct shortage {
    _Atomic int64_t *noted_us; /* monotonic: when it was noted last; NULL: nobody is told */
};

/* `fd` is the file that the processes share (slots.h); -1: there is none. */
void shortage_open(struct shortage *shortage, int fd);
void shortage_close(struct shortage *shortage);

/* `shortage` may be NULL: nobody is told. */
void shortage_note(struct shortage *shortage, int64_t now_us);

/* True for a minute after somebody has noted it. */
bool shortage_is_noted(const struct shortage *shortage, int64_t now_us);

#endif
