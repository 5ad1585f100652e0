#include "arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Under AddressSanitizer only what was given out may be touched, so that tests find whoever reads or writes past it. */
#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define FORBID(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define ALLOW(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#define GAP_BYTES 16 /* behind each allocation */
#else
#define FORBID(memory, size) ((void)0)
#define ALLOW(memory, size) ((void)0)
#define GAP_BYTES 0
#endif

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

/* `first` is an ordinary block that outlives resets. The blocks after it belong to the current request. */
struct arena {
    struct block *first;
    struct block *current;
    struct deferred *deferred;
};

/* Small allocations fail only if something without a bound has used up the reserve as well. */
static void *expect(void *memory)
{
    if (memory == NULL) {
        fputs("orgd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static struct block *block_init(struct block *block, size_t size)
{
    block->next = NULL;
    block->size = size;
    block->used = 0;
    FORBID(block->data, size);
    return block;
}

static void block_free(struct block *block)
{
    ALLOW(block->data, block->size);
    memory_free(block);
}

struct arena *arena_open(void)
{
    struct arena *arena = expect(memory_alloc(sizeof(*arena)));

    arena->first = block_init(expect(memory_alloc(sizeof(*arena->first) + BLOCK_BYTES)), BLOCK_BYTES);
    arena->current = arena->first;
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
        block_free(block);
    }
    arena->current = block_init(arena->first, arena->first->size);
}

void arena_close(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    block_free(arena->first);
    memory_free(arena);
}

static size_t rounded(size_t size)
{
    assert(size < SIZE_MAX / 2);
    return (size + GAP_BYTES + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static bool has_room(const struct arena *arena, size_t size)
{
    return rounded(size) <= arena->current->size - arena->current->used;
}

/* Returns the size of a new block for an allocation that does not fit into the current one. */
static size_t block_size(size_t size)
{
    return rounded(size) > BLOCK_BYTES ? rounded(size) : BLOCK_BYTES;
}

static void append(struct arena *arena, struct block *block, size_t size)
{
    arena->current->next = block_init(block, block_size(size));
    arena->current = block;
}

static void *take(struct arena *arena, size_t size)
{
    void *memory = arena->current->data + arena->current->used;

    arena->current->used += rounded(size);
    ALLOW(memory, size);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (!has_room(arena, size))
        append(arena, expect(memory_alloc(sizeof(struct block) + block_size(size))), size);
    return take(arena, size);
}

void *arena_try(struct arena *arena, size_t size, struct error *err)
{
    if (!has_room(arena, size)) {
        struct block *block = malloc(sizeof(*block) + block_size(size));

        if (block == NULL) {
            memory_ran_out(err);
            return NULL;
        }
        append(arena, block, size);
    }
    return take(arena, size);
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
