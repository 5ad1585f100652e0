/* Recomputes the hashes of a chain's events from their columns, before what does not fit is removed or signed over.
 *
 *     const struct event_hashes hashes = {.chain_id = chain->id, .sequence = chain->pruned_sequence,
 *                                         .hash = chain->pruned_hash, .last = chain->sequence};
 *     int64_t changed = event_hashes_check(call, &hashes, err);
 *
 * event_verify.h looks at more, for an auditor. */
#ifndef ORGD_EVENT_HASHES_H
#define ORGD_EVENT_HASHES_H

#include "base/digest.h"
#include "domain/call.h"

struct event_hashes {
    struct id chain_id;
    int64_t sequence;   /* of the checkpoint, in front of the first event */
    struct digest hash; /* likewise */
    int64_t trusted;    /* events up to this number are not looked at */
    int64_t last;       /* nor are those behind this one; INT64_MAX: all are */
};

/* Returns the number of the first event that does not fit its hash, 0 if there is none, or -1. An event behind one that
 * is missing is not judged, because its hash was made of what is not there. */
int64_t event_hashes_check(const struct call *call, const struct event_hashes *hashes, struct error *err) NODISCARD;

#endif
