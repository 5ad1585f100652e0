#include "event_hashes.h"

#include "base/memory.h"
#include "event_content.h"
#include "event_list.h"

struct reading {
    const struct event_hashes *hashes;
    int64_t sequence; /* of the event before */
    struct digest hash;
    int64_t changed; /* the number of the first event that does not fit; 0: all do */
    struct buf scratch;
};

static bool fits(struct reading *reading, const struct event_row *event)
{
    struct digest hash;

    if (event->sequence <= reading->hashes->trusted || event->sequence > reading->hashes->last ||
        event->sequence != reading->sequence + 1)
        return true;
    return event_version_is_known(event->version) && event_hash(event, &reading->hash, &reading->scratch, &hash) &&
           digest_equal(&hash, &event->hash);
}

static int visit(void *context, const struct event_row *event, struct arena *arena, struct error *err)
{
    struct reading *reading = context;

    (void)arena;
    (void)err;
    if (reading->changed == 0 && !fits(reading, event))
        reading->changed = event->sequence;
    reading->sequence = event->sequence;
    reading->hash = event->hash;
    return 0;
}

int64_t event_hashes_check(const struct call *call, const struct event_hashes *hashes, struct error *err)
{
    const struct event_selection selection = {.chain_id = hashes->chain_id, .limit = hashes->last - hashes->sequence};
    struct reading reading = {.hashes = hashes, .sequence = hashes->sequence, .hash = hashes->hash};
    int result = 0;

    buf_init(&reading.scratch, EVENT_CONTENT_BYTES_MAX);
    if (hashes->last > hashes->sequence)
        result = event_each(call, &selection, visit, &reading, err);
    buf_release(&reading.scratch);
    if (result == 0 && memory_has_run_out())
        result = memory_ran_out(err);
    return result < 0 ? -1 : reading.changed;
}
