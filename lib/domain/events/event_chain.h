/* The end of a chain of events, and the checkpoint that stands for those of its events that are too old to be kept. */
#ifndef ORGD_EVENT_CHAIN_H
#define ORGD_EVENT_CHAIN_H

#include "base/digest.h"
#include "base/id.h"
#include "base/timestamp.h"

struct event_chain {
    struct id id;
    /* Of its last event. */
    int64_t sequence;
    struct timestamp occurred_at;
    struct digest hash;
    /* Of the last event that was removed; `pruned_sequence` is 0 if none was. */
    int64_t pruned_sequence;
    struct timestamp pruned_occurred_at;
    struct digest pruned_hash;
};

/* Before all events. */
#define EVENT_EARLIEST ((struct timestamp){.us = INT64_C(-62135596800000000)}) /* the year 1 */

#endif
