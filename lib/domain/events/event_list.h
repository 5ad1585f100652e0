/* Events for administrators: any number of them, read in pages.
 *
 *     struct event_selection selection = {.chain_id = organization_id, .since = yesterday};
 *
 *     event_each(call, &selection, print_line, &output, err);
 */
#ifndef ORGD_EVENT_LIST_H
#define ORGD_EVENT_LIST_H

#include "domain/call.h"
#include "event_row.h"

struct event_selection {
    struct id chain_id;     /* nil: of all chains */
    struct id account_id;   /* what the account did or suffered, the newest first; nil: whoever */
    struct text action;     /* exact, or "organization.*"; without data: any */
    struct timestamp since; /* 0: from the first on */
    bool is_newest_first;
    int64_t limit; /* 0: all */
};

/* Calls `visit` with each event, in the order of the chain, or of the time if there are several. The row lives until
 * `visit` returns; returning -1 with an error ends it. Memory does not grow with the number of events. */
int event_each(const struct call *call, const struct event_selection *selection,
               int (*visit)(void *context, const struct event_row *row, struct arena *arena, struct error *err),
               void *context, struct error *err) NODISCARD;

#endif
