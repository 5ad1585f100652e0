#include "shortage.h"

#include <stddef.h>
#include <sys/mman.h>

#include "base/timestamp.h"
#include "slots.h"

/* Longer than anybody waits for a connection. */
#define LASTS_US (60 * US_PER_S)

void shortage_open(struct shortage *shortage, int fd)
{
    shortage->noted_us = slots_map(fd, SLOTS_AT_SHORTAGE, sizeof(*shortage->noted_us));
}

void shortage_close(struct shortage *shortage)
{
    if (shortage->noted_us != NULL)
        munmap(shortage->noted_us, sizeof(*shortage->noted_us));
}

void shortage_note(struct shortage *shortage, int64_t now_us)
{
    if (shortage != NULL && shortage->noted_us != NULL)
        atomic_store_explicit(shortage->noted_us, now_us, memory_order_relaxed);
}

/* The clock starts anew with the machine, and the memory with it. A process in another time namespace may be ahead. */
bool shortage_is_noted(const struct shortage *shortage, int64_t now_us)
{
    int64_t noted_us;

    if (shortage == NULL || shortage->noted_us == NULL)
        return false;
    noted_us = atomic_load_explicit(shortage->noted_us, memory_order_relaxed);
    return noted_us != 0 && noted_us <= now_us && now_us - noted_us < LASTS_US;
}
