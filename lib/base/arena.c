#include "arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)32 * 1024)

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *object);
    void *object;
};

/* `first` is an ordinary block that outlives resets; blocks after it belong to the current request. */
struct arena {
    struct block *first;
    struct block *current;
    struct deferred *deferred;
};

static void *allocate_or_die(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL) {
        fputs("orgd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static struct block *block_new(size_t size)
{
    struct block *block = allocate_or_die(sizeof(*block) + size);

    block->next = NULL;
    block->size = size;
    block->used = 0;
    return block;
}

struct arena *arena_open(void)
{
    struct arena *arena = allocate_or_die(sizeof(*arena));

    arena->first = arena->current = block_new(BLOCK_BYTES);
    arena->deferred = NULL;
    return arena;
}

void arena_reset(struct arena *arena)
{
    struct block *block;
    struct block *next;

    for (struct deferred *entry = arena->deferred; entry != NULL; entry = entry->next)
        entry->release(entry->object);
    arena->deferred = NULL;
    for (block = arena->first->next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    arena->first->next = NULL;
    arena->first->used = 0;
    arena->current = arena->first;
}

void arena_close(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    free(arena->first);
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct block *block = arena->current;
    size_t rounded;
    void *memory;

    assert(size < SIZE_MAX / 2);
    rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded > block->size - block->used) {
        block->next = block_new(rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES);
        block = arena->current = block->next;
    }
    memory = block->data + block->used;
    block->used += rounded;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *data, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    if (length > 0)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    int length;
    char *string;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    string = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(string, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return string;
}

void arena_defer(struct arena *arena, void (*release)(void *object), void *object)
{
    struct deferred *entry = arena_alloc(arena, sizeof(*entry));

    entry->next = arena->deferred;
    entry->release = release;
    entry->object = object;
    arena->deferred = entry;
}
