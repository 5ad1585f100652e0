#include "event_verify.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "event_content.h"
#include "event_target_ids.h"
#include "event_verify_private.h"
#include "event_verify_sql.h"

#define PAGE 500
/* How often a chain is walked anew because it was pruned meanwhile. */
#define WALKS_MAX 10

/* How far a chain has been found good. */
struct place {
    int64_t sequence;
    struct timestamp occurred_at;
    struct digest hash;
    size_t mark; /* the next one to be met */
    int64_t events;
};

struct walk {
    struct call call; /* with an arena for one chain */
    struct event_audit *audit;
    struct arena *page; /* memory for one page */
    struct event_chain chain;
    bool has_end; /* there is a row of orgd_event_chains */
    const struct event_mark *marks;
    size_t mark_count;
    struct place place;
    struct place page_start;
    int64_t page_rows;
    struct buf scratch;
    struct event_fault fault; /* the first; without a sentence: none yet */
};

/* Faults */

static void fault(struct walk *walk, const struct id *event_id, int64_t sequence, const char *sentence)
{
    if (walk->fault.sentence != NULL)
        return;
    walk->fault = (struct event_fault){
        .chain_id = walk->chain.id,
        .sequence = sequence,
        .sentence = arena_strndup(walk->call.arena, sentence, strlen(sentence)),
    };
    if (event_id != NULL)
        walk->fault.event_id = *event_id;
}

static void fault_of_number(struct walk *walk, const struct event_row *row)
{
    int64_t expected = walk->place.sequence + 1;

    fault(walk, &row->id, row->sequence,
          arena_printf(walk->call.arena, "its sequence should be %lld: an event was removed, inserted or moved here",
                       (long long)expected));
}

static void fault_of_mark(struct walk *walk, const struct id *event_id, const struct event_mark *mark)
{
    fault(walk, event_id, mark->sequence,
          arena_printf(walk->call.arena,
                       "%s has another hash: this event or one before it was changed, and the hashes made anew",
                       mark->source));
}

/* An event */

static bool targets_fit(struct walk *walk, const struct event_verify_row *row)
{
    buf_reset(&walk->scratch, EVENT_CONTENT_BYTES_MAX);
    if (!event_target_ids_write(row->event.targets, &walk->scratch))
        return false;
    return text_equal((struct text){walk->scratch.data, walk->scratch.length},
                      row->target_ids.data == NULL ? (struct text){"", 0} : row->target_ids);
}

/* Holds the event at this place to what others have kept of the chain. */
static void meet_marks(struct walk *walk, const struct id *event_id, int64_t sequence, const struct digest *hash)
{
    for (; walk->place.mark < walk->mark_count; walk->place.mark++) {
        const struct event_mark *mark = &walk->marks[walk->place.mark];

        if (mark->sequence > sequence)
            return;
        if (mark->sequence == sequence && !digest_equal(&mark->hash, hash))
            fault_of_mark(walk, event_id, mark);
    }
}

static void check_event(struct walk *walk, const struct event_verify_row *row)
{
    const struct event_row *event = &row->event;
    struct digest hash;

    if (event->sequence != walk->place.sequence + 1) {
        fault_of_number(walk, event);
        return;
    }
    if (!event_version_is_known(event->version)) {
        fault(walk, &event->id, event->sequence,
              "its version is unknown: it was changed, or a newer program has written it");
        return;
    }
    if (!event_hash(event, &walk->place.hash, &walk->scratch, &hash))
        return;
    if (row->has_nil_id)
        fault(walk, &event->id, event->sequence, "it names an id of zeros where it named none: it was changed");
    else if (!digest_equal(&hash, &event->hash))
        fault(walk, &event->id, event->sequence, "it does not fit its hash: it was changed, or the hash before it");
    else if (!targets_fit(walk, row))
        fault(walk, &event->id, event->sequence, "the rows of orgd_event_targets are not those that it names");
    else if (!row->is_found)
        fault(walk, &event->id, event->sequence, "orgd_event_subjects does not have all rows by which it is found");
    else if (!row->is_in_block)
        fault(walk, &event->id, event->sequence,
              "orgd_event_blocks has no row for it, or one that says that it did not happen then");
    else if (row->has_twin)
        fault(walk, &event->id, event->sequence, "another event has its position");
    meet_marks(walk, &event->id, event->sequence, &event->hash);
}

static int visit(void *context, const void *data, struct error *err)
{
    const struct event_verify_row *row = data;
    struct walk *walk = context;

    (void)err;
    walk->page_rows++;
    if (walk->fault.sentence == NULL)
        check_event(walk, row);
    walk->place.sequence = row->event.sequence;
    walk->place.occurred_at = row->event.occurred_at;
    walk->place.hash = row->event.hash;
    walk->place.events++;
    return 0;
}

static void start_page(void *context)
{
    struct walk *walk = context;

    walk->place = walk->page_start;
    walk->page_rows = 0;
    walk->fault.sentence = NULL;
}

/* A chain */

static int read_end(struct walk *walk, struct event_chain *out, struct error *err)
{
    struct event_verify_params params = {.chain_id = walk->chain.id};

    return db_query_one(walk->call.db, &event_verify_sql_chain, &params, walk->page, out, err);
}

/* Looks for targets without an event: among those of this page, or, behind the last page, among all that follow. */
static int find_stray_target(struct walk *walk, bool is_last, struct error *err)
{
    struct event_verify_params params = {
        .chain_id = walk->chain.id,
        .from = walk->page_start.occurred_at,
        .to.us = is_last ? TIMESTAMP_MAX_US : walk->place.occurred_at.us,
    };
    struct event_verify_stray_row row;
    int found = db_query_one(walk->call.db, &event_verify_sql_stray_target, &params, walk->page, &row, err);

    if (found > 0) {
        char time[TIMESTAMP_TEXT_SIZE];

        timestamp_format(row.occurred_at, time);
        fault(walk, NULL, 0,
              arena_printf(walk->call.arena, "a row of orgd_event_targets belongs to no event: that of %s is missing",
                           time));
    }
    return found < 0 ? -1 : 0;
}

/* Reads one page. Returns how many events it has, or -1. */
static int64_t walk_page(struct walk *walk, struct error *err)
{
    const struct db_visitor visitor = {.start = start_page, .visit = visit, .context = walk};
    struct event_verify_params params = {.chain_id = walk->chain.id, .from = walk->place.occurred_at, .count = PAGE};

    walk->page_start = walk->place;
    arena_reset(walk->page);
    if (db_query_each(walk->call.db, &event_verify_sql_events, &params, walk->page, &visitor, err) < 0)
        return -1;
    if (memory_has_run_out())
        return memory_ran_out(err);
    if (walk->fault.sentence == NULL && find_stray_target(walk, walk->page_rows < PAGE, err) < 0)
        return -1;
    return walk->page_rows;
}

static void check_end(struct walk *walk, const struct event_chain *end)
{
    const struct place *place = &walk->place;
    int64_t last_us = place->events > 0 ? place->occurred_at.us : walk->chain.pruned_occurred_at.us;

    if (end->sequence < place->sequence)
        fault(walk, NULL, end->sequence + 1, "the end of the chain was set back: it says that this event is not there");
    else if (end->sequence > place->sequence)
        fault(walk, NULL, place->sequence + 1, "the last events were removed, from this one on");
    else if (!digest_equal(&end->hash, &place->hash) || end->occurred_at.us != last_us)
        fault(walk, NULL, end->sequence, "the end of the chain has another hash or time than its last event");
}

static void check_rest(struct walk *walk)
{
    if (walk->place.mark < walk->mark_count && walk->fault.sentence == NULL) {
        const struct event_mark *mark = &walk->marks[walk->place.mark];

        fault(walk, NULL, walk->place.sequence + 1,
              arena_printf(walk->call.arena, "the events from this one to %lld were removed: %s has them",
                           (long long)mark->sequence, mark->source));
    }
}

/* Walks to the end of a chain. Its end grows meanwhile, and is never older than the events that were read before it: so
 * events that it has and that nobody has read are read once more. */
static int walk_to_end(struct walk *walk, struct error *err)
{
    struct event_chain end = walk->chain;
    int has_end = walk->has_end;

    while (walk->fault.sentence == NULL) {
        int64_t rows = walk_page(walk, err);

        if (rows < 0)
            return -1;
        if (walk->audit->progress != NULL)
            walk->audit->progress(walk->audit->context, walk->audit);
        if (walk->fault.sentence != NULL || rows == PAGE)
            continue;
        if (has_end > 0 && end.sequence >= walk->place.sequence) {
            check_end(walk, &end);
            break;
        }
        if ((has_end = read_end(walk, &end, err)) < 0)
            return -1;
        if (has_end == 0 && walk->place.sequence > 0) {
            fault(walk, NULL, walk->place.sequence, "orgd_event_chains has no row of it: its end was removed");
        } else if (has_end == 0) {
            break;
        } else if (end.sequence <= walk->place.sequence) {
            check_end(walk, &end);
            break;
        }
    }
    check_rest(walk);
    return 0;
}

/* Begins at the checkpoint, with which the events go on. */
static int begin_walk(struct walk *walk, struct error *err)
{
    int found = read_end(walk, &walk->chain, err);

    walk->has_end = found > 0;
    walk->fault = (struct event_fault){.sequence = 0};
    walk->place = (struct place){.occurred_at = EVENT_EARLIEST};
    if (found <= 0)
        return found;
    if (walk->chain.pruned_sequence > 0) {
        walk->place.sequence = walk->chain.pruned_sequence;
        walk->place.hash = walk->chain.pruned_hash;
    }
    return 0;
}

/* Returns the number of the first mark whose chain is this one or behind it; behind it only, if `is_behind`. */
static size_t find_mark(const struct event_audit *audit, const struct id *id, bool is_behind)
{
    size_t low = 0;
    size_t high = audit->mark_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(&audit->marks[middle].chain_id, id, sizeof(*id)) < (is_behind ? 1 : 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int merge_marks(struct walk *walk, struct error *err)
{
    const struct event_audit *audit = walk->audit;
    struct event_mark *known = NULL;
    const char *sentence = NULL;
    int64_t count =
        audit->know == NULL ? 0 : audit->know(audit->context, &walk->chain, walk->call.arena, &known, &sentence, err);
    struct event_mark *all;
    size_t merged = 0;

    if (count < 0)
        return -1;
    if (sentence != NULL)
        fault(walk, NULL, 0, sentence);
    all = arena_alloc(walk->call.arena, ((size_t)count + find_mark(audit, &walk->chain.id, true) -
                                         find_mark(audit, &walk->chain.id, false) + 1) *
                                            sizeof(*all));
    for (size_t i = find_mark(audit, &walk->chain.id, false);
         i < audit->mark_count && id_equal(&audit->marks[i].chain_id, &walk->chain.id); i++) {
        for (; count > 0 && known->sequence <= audit->marks[i].sequence; count--)
            all[merged++] = *known++;
        all[merged++] = audit->marks[i];
    }
    for (; count > 0; count--)
        all[merged++] = *known++;
    walk->marks = all;
    walk->mark_count = merged;
    return 0;
}

/* True if the chain was pruned since the walk began: then what did not fit may be gone. */
static int was_pruned(struct walk *walk, struct error *err)
{
    struct event_chain end;
    int found = read_end(walk, &end, err);

    return found <= 0 ? found : end.pruned_sequence != walk->chain.pruned_sequence;
}

static int walk_chain(struct walk *walk, struct error *err)
{
    int is_stale = 1;

    for (int i = 0; i < WALKS_MAX && is_stale > 0; i++) {
        if (begin_walk(walk, err) < 0 || merge_marks(walk, err) < 0)
            return -1;
        meet_marks(walk, NULL, walk->place.sequence, &walk->place.hash);
        if (walk_to_end(walk, err) < 0)
            return -1;
        is_stale = walk->fault.sentence == NULL ? 0 : was_pruned(walk, err);
    }
    return is_stale < 0 ? -1 : 0;
}

int event_verify_chain(const struct call *call, const struct id *chain_id, struct event_audit *audit, struct error *err)
{
    struct walk walk = {.call = *call, .audit = audit, .chain.id = *chain_id};
    int result;

    walk.call.arena = arena_open();
    walk.page = arena_open();
    buf_init(&walk.scratch, EVENT_CONTENT_BYTES_MAX);
    result = walk_chain(&walk, err);
    if (result == 0) {
        audit->chains++;
        audit->events += walk.place.events;
        audit->faults += walk.fault.sentence != NULL;
        if (walk.fault.sentence != NULL)
            audit->report(audit->context, &walk.fault);
    }
    buf_release(&walk.scratch);
    arena_close(walk.page);
    arena_close(walk.call.arena);
    return result;
}

/* All chains */

static int next_chain(const struct call *call, const struct event_audit *audit, struct arena *arena, struct id *id,
                      struct error *err)
{
    struct event_verify_params params = {.chain_id = *id};
    size_t place = find_mark(audit, id, true);
    const struct id *marked = place < audit->mark_count ? &audit->marks[place].chain_id : NULL;
    struct event_verify_chain_row row;
    int found = db_query_one(call->db, &event_verify_sql_next_chain, &params, arena, &row, err);

    if (found < 0 || (found == 0 && marked == NULL))
        return found;
    *id = marked != NULL && (found == 0 || memcmp(marked, &row.chain_id, sizeof(row.chain_id)) < 0) ? *marked
                                                                                                    : row.chain_id;
    return 1;
}

int event_verify_all(const struct call *call, struct event_audit *audit, struct error *err)
{
    struct arena *arena = arena_open();
    struct id id = {{0}};
    int found;

    while ((found = next_chain(call, audit, arena, &id, err)) > 0) {
        if (event_verify_chain(call, &id, audit, err) < 0) {
            found = -1;
            break;
        }
        arena_reset(arena);
    }
    arena_close(arena);
    if (found < 0 || event_verify_blocks(call, audit, err) < 0)
        return -1;
    return audit->faults > 0 ? 0 : event_verify_subjects(call, audit, err);
}
