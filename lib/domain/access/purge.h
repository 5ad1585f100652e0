/* Removes what is over: rows that have expired, and the rows that belong to organizations, accounts and clients that
 * were deleted. Nobody can see or use them any more: their end was an UPDATE that every reader asks for.
 *
 *     struct purge_pace pace = {.rest = rest, .context = &courier};
 *
 *     if (purge_run(&call, &pace, &removed, &err) < 0)
 *         …the database is away; try again later
 *
 * Each table is emptied by itself, children first, by small statements with pauses in between, so that requests go on
 * meanwhile. A row that cannot be removed is logged and left for the next time.
 *
 * One process purges at a time, on whichever host. Two that removed the same rows on two nodes of a cluster would undo
 * each other's work, and that has kept a node from going on. */
#ifndef ORGD_PURGE_H
#define ORGD_PURGE_H

#include "domain/call.h"

/* Rests after a statement that took that long. Returns false if the purge is to end. */
struct purge_pace {
    bool (*rest)(void *context, int64_t took_us);
    void *context;
};

/* Removes all that is over. `removed` counts the rows, as they go. Fails with ERR_BUSY while somebody else does that,
 * and with ERR_UNAVAILABLE or another error if the database cannot be used; what was removed until then is gone. `call`
 * needs no caller. */
int purge_run(const struct call *call, const struct purge_pace *pace, int64_t *removed, struct error *err) NODISCARD;

/* Finds out when everything that was over then was removed last, on whichever host, to ten minutes; of a new
 * installation, when it was made. `out` gets 0 if nobody knows. */
int purge_done(const struct call *call, struct timestamp *out, struct error *err) NODISCARD;

/* Finds out since when rows wait to be removed that should be gone. `out` gets the oldest time, or 0 if nothing
 * waits. */
int purge_backlog(const struct call *call, struct timestamp *out, struct error *err) NODISCARD;

#endif
