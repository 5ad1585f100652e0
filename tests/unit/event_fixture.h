/* An event for the tests of what writes events. */
#ifndef ORGD_EVENT_FIXTURE_H
#define ORGD_EVENT_FIXTURE_H

#include "domain/events/event_row.h"

#define EVENT_FIXTURE_HASH "0f000000000000000000000000000000000000000000000000000000000000a0"

/* One that has nothing but what each has. */
static inline struct event_row smallest_event(void)
{
    return (struct event_row){
        .occurred_at = {1763890200123456},
        .sequence = 1,
        .id = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde, 0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}},
        .action = TEXT("client.created"),
        .actor_type = TEXT("operator"),
        .targets = TEXT("[]"),
        .changes = TEXT("{}"),
        .count = 1,
        .version = 1,
        .hash = {{0x0f, [31] = 0xa0}},
    };
}

#endif
