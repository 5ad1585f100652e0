/* The memory of one request: handed out by moving a pointer, given back all at once. Behind malloc() stands the reserve
 * of memory.h, so that allocation does not fail; only what grows with input or results is asked for by arena_try(). */
#ifndef ORGD_ARENA_H
#define ORGD_ARENA_H

#include "base.h"
#include "error.h"

struct arena;

/* A new arena; the caller closes it with arena_close(). */
struct arena *arena_open(void);

/* Releases everything, deferred objects included. NULL is accepted. */
void arena_close(struct arena *arena);

/* Gives back all allocations and runs all deferred releases, newest first. Small blocks are kept for the next request,
 * large ones go back to the system, so that the worker's size follows ordinary requests and not its worst one. */
void arena_reset(struct arena *arena);

/* `size` bytes, aligned for any type, not initialized; valid until the next reset. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));

/* The same for what may be large: NULL, with ERR_UNAVAILABLE, if there is not as much memory. */
void *arena_try(struct arena *arena, size_t size, struct error *err) __attribute__((malloc, alloc_size(2)));

/* As arena_alloc(), zeroed. */
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));

/* A NUL-terminated copy of `length` bytes. */
char *arena_strndup(struct arena *arena, const char *data, size_t length) __attribute__((returns_nonnull));

/* A formatted string. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) __attribute__((returns_nonnull));

/* Calls release(object) at the next reset: for objects of other libraries that live as long as the request. */
void arena_defer(struct arena *arena, void (*release)(void *object), void *object);

#endif
