/* Looks after the chains of events: removes what is too old, and signs where each chain ends. Somebody who changes an
 * event and makes all hashes anew has no key to sign the end again, so the signed head of that day does not fit any
 * more. */
#ifndef ORGD_EVENT_HEADS_H
#define ORGD_EVENT_HEADS_H

#include "base/buf.h"
#include "domain/call.h"
#include "domain/events/event_verify.h"

struct event_keeping {
    struct timestamp before; /* events before this are removed */
    /* Rests after a piece of work that took that long. Returns false if the work is to end. */
    bool (*rest)(void *context, int64_t took_us);
    void *context;
    bool accepts; /* what does not fit, too: what there is now shall count from now on */
    /* What was done. */
    int64_t removed_events;
    int64_t
        missing_events; /* that were not there when they were to be removed; of accepted chains: that are not there */
    int64_t signed_heads;
    int64_t accepted_chains; /* that do not fit what was signed before, and were signed nevertheless */
    int64_t refused_chains;  /* that were left alone, because they do not fit what was signed before */
};

/* Removes what is too old and signs the ends that have changed, chain after chain, in small pieces, once a day: one
 * process does it, on whichever host. `before` is what the setting event_retention says. A chain that does not fit what
 * was signed before is left alone, logged and counted; so is one of whose old events some are missing, or do not
 * fit their hashes, unless an operator has accepted that. A chain that begins meanwhile waits for the next day. Fails
 * if the signing keys cannot be read, or the database not be used. A round that fails, or is told to end, is begun anew
 * with the next call. */
int event_heads_keep_daily(const struct call *call, struct event_keeping *keeping, struct error *err) NODISCARD;

/* Does the same at once for an operator, up to `before`, and records what was removed or accepted. Several processes
 * may do this at the same time: each piece is done once. */
int event_heads_operate(const struct call *call, struct event_keeping *keeping, struct error *err) NODISCARD;

/* Signed heads while chains are verified. Zero it, open it, close it. */
struct event_heads {
    const struct call *call;
    struct token_keys *keys; /* NULL: they cannot be read */
    int64_t checked;
    int64_t unchecked; /* since the keys cannot be read */
    int64_t leaked;    /* newest heads of chains, by keys that somebody else has read */
    int64_t missing;   /* events that were not there when they were to be removed for their age, as was accepted */
};

void event_heads_open(struct event_heads *heads, const struct call *call);
void event_heads_close(struct event_heads *heads);

/* Does what event_audit.know() is to do. */
int64_t event_heads_know(struct event_heads *heads, const struct event_chain *chain, struct arena *arena,
                         struct event_mark **out, const char **sentence, struct error *err) NODISCARD;

/* Calls `visit` with the newest signed head of each chain, as a line of JSON without its end. */
int event_heads_print(const struct call *call, void (*visit)(void *context, struct text line), void *context,
                      struct error *err) NODISCARD;

/* Reads such a line. Returns false if it is none. */
bool event_heads_read_line(struct text line, struct event_mark *out);

#endif
