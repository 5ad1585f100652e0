#include "base/arena.h"
#include "event_verify_private.h"
#include "event_verify_sql.h"

#define PAGE 1000

static bool are_in_order(const struct event_verify_block_row *row, const struct event_verify_block_row *next)
{
    return row->block < next->block && row->earliest.us <= next->earliest.us && row->latest.us <= next->latest.us;
}

static void report(struct event_audit *audit, struct arena *arena, const struct event_verify_block_row *row)
{
    const struct event_fault fault = {
        .sentence = arena_printf(arena,
                                 "the row of orgd_event_blocks with the number %llu is not in order with the one "
                                 "before: it was changed or inserted, or that one was",
                                 (unsigned long long)row->block),
    };

    audit->faults++;
    audit->report(audit->context, &fault);
}

/* Compares rows of one page only: a courier may change all rows at any time. So the next page begins with the last row
 * of this one. Returns how many rows there were up to the first that does not fit; -1 on failure. */
static int64_t read_page(const struct call *call, struct event_verify_block_params *params, struct event_audit *audit,
                         struct error *err)
{
    void *data = NULL;
    int64_t count = db_query_all(call->db, &event_verify_sql_blocks, params, call->arena, &data, err);
    const struct event_verify_block_row *rows = data;

    for (int64_t i = 1; i < count; i++) {
        if (!are_in_order(&rows[i - 1], &rows[i])) {
            report(audit, call->arena, &rows[i]);
            return i;
        }
    }
    if (count > 0)
        params->block = rows[count - 1].block;
    return count;
}

int event_verify_blocks(const struct call *call, struct event_audit *audit, struct error *err)
{
    struct event_verify_block_params params = {.count = PAGE};
    struct call page = *call;
    int64_t count;

    page.arena = arena_open();
    do {
        arena_reset(page.arena);
        count = read_page(&page, &params, audit, err);
    } while (count == PAGE);
    arena_close(page.arena);
    return count < 0 ? -1 : 0;
}
