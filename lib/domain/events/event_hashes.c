#include "event_hashes.h"

#include "base/memory.h"
#include "event_content.h"
#include "event_verify_sql.h"

#define PAGE 500

/* How far the chain has been read. */
struct place {
    int64_t sequence;
    struct timestamp occurred_at;
    struct digest hash;
    int64_t changed; /* the number of the first event that does not fit; 0: all do */
    int64_t rows;    /* of this page */
};

struct reading {
    const struct event_hashes *hashes;
    struct place place;
    struct place page_start;
    struct buf scratch;
};

static bool fits(struct reading *reading, const struct event_row *event)
{
    struct digest hash;

    if (event->sequence <= reading->hashes->trusted || event->sequence > reading->hashes->last ||
        event->sequence != reading->place.sequence + 1)
        return true;
    return event_version_is_known(event->version) &&
           event_hash(event, &reading->place.hash, &reading->scratch, &hash) && digest_equal(&hash, &event->hash);
}

static void start_page(void *context)
{
    struct reading *reading = context;

    reading->place = reading->page_start;
    reading->place.rows = 0;
}

static int visit(void *context, const void *data, struct error *err)
{
    const struct event_verify_row *row = data;
    struct reading *reading = context;

    (void)err;
    if (reading->place.changed == 0 && !fits(reading, &row->event))
        reading->place.changed = row->event.sequence;
    reading->place.sequence = row->event.sequence;
    reading->place.occurred_at = row->event.occurred_at;
    reading->place.hash = row->event.hash;
    reading->place.rows++;
    return 0;
}

static int read_page(const struct call *call, struct reading *reading, struct error *err)
{
    const struct db_visitor visitor = {.start = start_page, .visit = visit, .context = reading};
    const struct event_verify_params params = {
        .chain_id = reading->hashes->chain_id, .from = reading->place.occurred_at, .count = PAGE};

    reading->page_start = reading->place;
    if (db_query_each(call->db, &event_verify_sql_events, &params, call->arena, &visitor, err) < 0)
        return -1;
    return memory_has_run_out() ? memory_ran_out(err) : 0;
}

int64_t event_hashes_check(const struct call *call, const struct event_hashes *hashes, struct error *err)
{
    struct call page = *call;
    struct reading reading = {
        .hashes = hashes,
        .place = {.sequence = hashes->sequence, .occurred_at = EVENT_EARLIEST, .hash = hashes->hash},
    };
    int result;

    page.arena = arena_open();
    buf_init(&reading.scratch, EVENT_CONTENT_BYTES_MAX);
    do {
        arena_reset(page.arena);
        result = read_page(&page, &reading, err);
    } while (result == 0 && reading.place.changed == 0 && reading.place.rows == PAGE &&
             reading.place.sequence < hashes->last);
    buf_release(&reading.scratch);
    arena_close(page.arena);
    return result < 0 ? -1 : reading.place.changed;
}
