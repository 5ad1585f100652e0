/* Memory that a request can count on. Where malloc() has nothing to give, what is small comes out of a reserve that the
 * program was loaded with, so that a request can be finished, or refused in order. What grows with a client's input or
 * with a result does not draw on the reserve: there an allocation fails, and the request with it.
 *
 * That memory ran out is remembered until the next request begins: the database layer sends nothing any more, and no
 * answer but an error leaves. So functions that have no error to return may note it, go on with anything, and be sure
 * that nothing comes of it. */
#ifndef ORGD_MEMORY_H
#define ORGD_MEMORY_H

#include "error.h"

/* Much more than a request needs besides its body and its result. Untouched pages of it cost nothing. */
#define MEMORY_RESERVE_BYTES ((size_t)4 * 1024 * 1024)

/* `size` bytes from malloc(), else from the reserve; NULL if that is used up as well. For what does not outlive the
 * request: the reserve is whole again when all of it has been given back. */
void *memory_alloc(size_t size) __attribute__((malloc, alloc_size(1)));

/* The largest buffer that may be of the reserve: room for one organization and all that stands around it. */
#define MEMORY_BUFFER_BYTES ((size_t)256 * 1024)

/* For buffers: moves `used` bytes into `size` bytes got like that, and frees the old ones. NULL leaves them as they
 * are. */
void *memory_resize(void *memory, size_t used, size_t size) NODISCARD;

/* Frees what came from this module or from malloc(). NULL is accepted. */
void memory_free(void *memory);

/* Overwrites memory that held a secret, in a way that the compiler cannot remove. */
void memory_wipe(void *memory, size_t length);

/* True of what must be given back before the next request. */
bool memory_is_reserve(const void *memory);

/* True if the reserve had to step in since memory_forget(). */
bool memory_is_short(void);

/* Bytes of the reserve that have been handed out: 0 when nothing of it is in use. */
size_t memory_reserve_used(void);

/* Notes that memory ran out, and fails with ERR_UNAVAILABLE, where there is an error to fill. To be called before
 * anything was changed; after that, the dispatcher knows what to say. */
int memory_ran_out(struct error *err);

/* True after memory_ran_out(). */
bool memory_has_run_out(void);

/* A new request begins. */
void memory_forget(void);

#endif
