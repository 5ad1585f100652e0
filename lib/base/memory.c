#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* An allocation moves a pointer. When nothing is in use any more, all of it is free again. */
static struct {
    alignas(max_align_t) unsigned char bytes[MEMORY_RESERVE_BYTES];
    size_t used;
    size_t count; /* how many allocations have not been freed */
} reserve;

static bool is_short;
static bool has_run_out;

static void *take_from_reserve(size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *memory = reserve.bytes + reserve.used;

    is_short = true;
    if (size > MEMORY_RESERVE_BYTES || rounded > MEMORY_RESERVE_BYTES - reserve.used)
        return NULL;
    reserve.used += rounded;
    reserve.count++;
    return memory;
}

void *memory_alloc(size_t size)
{
    size_t some = size == 0 ? 1 : size;
    void *memory = malloc(some);

    if (memory == NULL)
        memory = take_from_reserve(some);
    return memory;
}

void *memory_resize(void *memory, size_t used, size_t size)
{
    void *larger = memory_is_reserve(memory) ? NULL : realloc(memory, size);

    if (larger != NULL)
        return larger;
    larger = size <= MEMORY_BUFFER_BYTES ? memory_alloc(size) : malloc(size);
    if (larger == NULL)
        return NULL;
    if (used > 0)
        memcpy(larger, memory, used);
    memory_free(memory);
    return larger;
}

void memory_free(void *memory)
{
    if (!memory_is_reserve(memory)) {
        free(memory);
        return;
    }
    reserve.count--;
    if (reserve.count == 0)
        reserve.used = 0;
}

void memory_wipe(void *memory, size_t length)
{
    explicit_bzero(memory, length);
}

bool memory_is_reserve(const void *memory)
{
    uintptr_t start = (uintptr_t)reserve.bytes;

    return (uintptr_t)memory >= start && (uintptr_t)memory < start + MEMORY_RESERVE_BYTES;
}

bool memory_is_short(void)
{
    return is_short;
}

size_t memory_reserve_used(void)
{
    return reserve.used;
}

int memory_ran_out(struct error *err)
{
    has_run_out = true;
    return error_set(err, ERR_UNAVAILABLE,
                     N_("The server is short of memory at the moment; nothing was changed. Try again later."));
}

bool memory_has_run_out(void)
{
    return has_run_out;
}

void memory_forget(void)
{
    is_short = false;
    has_run_out = false;
}
