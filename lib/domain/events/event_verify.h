/* Verifies the chains of events: recomputes every hash from the columns, and names the first event of each chain that
 * does not fit. Also verifies the tables that feeds find events by. Reads in pages, so any number of events takes the
 * same memory; what is committed meanwhile is no fault.
 *
 *     struct event_audit audit = {.report = print_fault, .context = &output};
 *
 *     if (event_verify_all(call, &audit, err) < 0)
 *         …the database is away
 *     else if (audit.faults > 0)
 *         …somebody has changed what is on record
 */
#ifndef ORGD_EVENT_VERIFY_H
#define ORGD_EVENT_VERIFY_H

#include "domain/call.h"
#include "event_chain.h"

/* An end that a chain has had, as somebody has kept it: so its event of this number has this hash, or is pruned. */
struct event_mark {
    struct id chain_id;
    int64_t sequence;
    struct digest hash;
    const char *source; /* who says so: "the signed head of 2026-11-30" */
};

struct event_fault {
    struct id chain_id; /* nil: it is about no single chain */
    struct id event_id; /* nil: it is about no single event */
    int64_t sequence;   /* of that event, or of the place where one is missing; 0: it is about the chain */
    const char *sentence;
};

struct event_audit {
    /* Marks from elsewhere, in the order of chain and sequence. */
    const struct event_mark *marks;
    size_t mark_count;
    /* Called for the first fault of each chain, and of each table that feeds find events by. */
    void (*report)(void *context, const struct event_fault *fault);
    /* Called before each chain with its end: gives what is known of it besides, in the order of `sequence`, in the
     * arena. Returns their number, or -1; `sentence` may get a fault. NULL: nothing is known. */
    int64_t (*know)(void *context, const struct event_chain *chain, struct arena *arena, struct event_mark **out,
                    const char **sentence, struct error *err);
    /* Called after each page. NULL: nobody wants to know. */
    void (*progress)(void *context, const struct event_audit *audit);
    void *context;
    /* What was seen. */
    int64_t chains;
    int64_t events;
    int64_t faults;
};

/* Verifies all chains. Fails only if the database cannot be used. */
int event_verify_all(const struct call *call, struct event_audit *audit, struct error *err) NODISCARD;

/* Verifies one chain, which may not be there: that is no fault if no mark says otherwise. */
int event_verify_chain(const struct call *call, const struct id *chain_id, struct event_audit *audit,
                       struct error *err) NODISCARD;

#endif
