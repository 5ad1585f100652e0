/* Remembers what is done once an hour for each of many, by whichever process of the installation on this host comes
 * first. It is memory that they share, so that asking costs no system call, and a process that serves one request alone
 * knows it too. It has room for 8,192: of more, some are done more than once.
 *
 *     if (hourly_is_done(&hourly, &id, now))
 *         return;
 *     …
 *     hourly_note(&hourly, &id, now);
 */
#ifndef ORGD_HOURLY_H
#define ORGD_HOURLY_H

#include <stdatomic.h>

#include "base/id.h"
#include "base/timestamp.h"

struct hourly {
    _Atomic uint64_t *places; /* NULL: there is no memory */
    int64_t not_before_us;    /* when this process may try again to do something, after a failure */
};

/* `fd` is the file that the processes share (slots.h); -1: there is none, and this process remembers for itself. Call
 * it before confine(). */
void hourly_open(struct hourly *hourly, int fd);
void hourly_close(struct hourly *hourly);

/* True if it was noted in the hour of `now`, or if there is no memory, so that nothing is done each time. What was
 * noted may be forgotten. */
bool hourly_is_done(const struct hourly *hourly, const struct id *id, struct timestamp now);
void hourly_note(struct hourly *hourly, const struct id *id, struct timestamp now);

#endif
