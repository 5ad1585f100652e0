/* Memory that a request can rely on. If malloc() fails, small allocations come from a reserve that the program was
 * loaded with. So the request can be finished, or refused in order. What grows with a client's input or with a result
 * does not use the reserve: there an allocation fails, and the request with it.
 *
 * After memory ran out, this is remembered until the next request begins: the database layer sends nothing more, and
 * the only answer is an error. So a function without an error to return may note it with memory_ran_out(), and go on
 * with any value: that value reaches nobody. */
#ifndef ORGD_MEMORY_H
#define ORGD_MEMORY_H

#include "error.h"

/* Much more than a request needs besides its body and its result. Pages that are never touched cost nothing. */
#define MEMORY_RESERVE_BYTES ((size_t)4 * 1024 * 1024)

/* Returns `size` bytes from malloc(), else from the reserve; NULL if that is used up as well. Use it only for what ends
 * with the request: the reserve is free again when all of it has been given back. */
void *memory_alloc(size_t size) __attribute__((malloc, alloc_size(1)));

/* The largest buffer that may use the reserve: room for the answer about one organization. */
#define MEMORY_BUFFER_BYTES ((size_t)256 * 1024)

/* Moves the `used` bytes of a buffer into `size` bytes from memory_alloc(), and frees the old ones. Returns NULL if
 * there is no memory; the old ones stay then. */
void *memory_resize(void *memory, size_t used, size_t size) NODISCARD;

/* Frees memory of this module or of malloc(). Accepts NULL. */
void memory_free(void *memory);

/* Overwrites memory that held a secret, in a way that the compiler cannot remove. */
void memory_wipe(void *memory, size_t length);

/* True of memory of the reserve, which must be given back before the next request. */
bool memory_is_reserve(const void *memory);

/* True if something was taken from the reserve since memory_forget(). */
bool memory_is_short(void);

/* Returns how many bytes of the reserve are in use. */
size_t memory_reserve_used(void);

/* Notes that memory ran out, fills `err` (which may be NULL) with ERR_UNAVAILABLE, and returns -1. Call it before
 * anything was changed. If something may have been changed already, the dispatcher answers accordingly. */
int memory_ran_out(struct error *err);

/* True after memory_ran_out(), until memory_forget(). */
bool memory_has_run_out(void);

/* Forgets what was noted: a new request begins. */
void memory_forget(void);

#endif
