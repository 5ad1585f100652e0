/* The memory of one request. An allocation moves a pointer, and a reset gives everything back at once:
 *
 *     char *path = arena_printf(arena, "/organizations/%s", id);    (valid until arena_reset(); nobody frees it)
 *
 * Behind malloc() stands the reserve of memory.h, so a small allocation does not fail. Use arena_try() for what grows
 * with the input or the result. */
#ifndef ORGD_ARENA_H
#define ORGD_ARENA_H

#include "base.h"
#include "error.h"

struct arena;

/* Opens an arena; the caller closes it with arena_close(). */
struct arena *arena_open(void);

/* Releases everything, deferred objects included. NULL is accepted. */
void arena_close(struct arena *arena);

/* Gives back all allocations and runs all deferred releases, newest first. Small blocks are kept for the next request.
 * Large ones go back to the system, so the size of a worker follows its ordinary requests and not its largest one. */
void arena_reset(struct arena *arena);

/* Returns `size` bytes, aligned for any type and not initialized. They are valid until the next reset. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));

/* The same for what may be large. Returns NULL, with ERR_UNAVAILABLE, if there is too little memory. */
void *arena_try(struct arena *arena, size_t size, struct error *err) __attribute__((malloc, alloc_size(2)));

/* The same as arena_alloc(), zeroed. */
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));

/* Returns a NUL-terminated copy of `length` bytes. */
char *arena_strndup(struct arena *arena, const char *data, size_t length) __attribute__((returns_nonnull));

/* Returns a formatted string. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) __attribute__((returns_nonnull));

/* Calls release(object) at the next reset. Use it for objects of other libraries that live as long as the request. */
void arena_defer(struct arena *arena, void (*release)(void *object), void *object);

#endif
