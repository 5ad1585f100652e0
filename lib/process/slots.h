/* Limits how many processes of one installation on this host do something at a time, whoever started them. A slot is a
 * lock on a byte of a shared memory file, so that the end of a process, however it ends, gives its slot back. Measured:
 * two microseconds to take and release one. Locks in the database would be per database node and not per host, and cost
 * two round trips.
 *
 *     if (!slots_take(slots))
 *         return error_set(err, ERR_BUSY, "Try again.");
 *     work();
 *     slots_release(slots);
 *
 * Where another user has made that file first, a lock on a file of the installation is the one slot.
 *
 * What else these processes share is in the same file: shortage.h and hourly.h. */
#ifndef ORGD_SLOTS_H
#define ORGD_SLOTS_H

#include "base/base.h"

#define SLOTS_NAME_SIZE 64

struct slots {
    char name[SLOTS_NAME_SIZE]; /* of the file, for shm_open() */
    int fd;                     /* -1: there is none */
    int file_fd;                /* of the installation's file, then: one slot. -1, too: there is no limit */
    int count;
    int taken; /* the slot of this process; -1: none */
};

/* Opens the slots of an installation, one for two processors but at least one. `installation` is a file of its own that
 * all its processes can read, and no other user. Call it after fork() and before confine(). If there can be no shared
 * memory, logs a warning, and there is one slot. */
void slots_open(struct slots *slots, const char *installation);
void slots_close(struct slots *slots);

/* Where in the file each has its memory: multiples of any size of a page. */
#define SLOTS_AT_SHORTAGE 0
#define SLOTS_AT_HOURLY 65536

/* Maps a part of the file, which is made as long as that takes and never shorter. `fd` is the file, or -1. NULL: there
 * can be none. Unmap it with munmap(). */
void *slots_map(int fd, size_t offset, size_t length);

/* Takes a slot for this process, which has none. False if all are taken. `slots` may be NULL: no limit. */
bool slots_take(struct slots *slots) NODISCARD;
void slots_release(struct slots *slots);

#endif
