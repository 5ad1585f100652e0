#include "event_position.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/db_unit.h"
#include "event_position_sql.h"

/* So many events a transaction: some milliseconds of work. They lie in two blocks at most. */
#define PIECE EVENT_BLOCK
#define OTHERS_GIVE "another process gives events their positions at this moment"

static int compare_times(const void *left, const void *right)
{
    const struct event_waiting_row *a = left;
    const struct event_waiting_row *b = right;
    int64_t difference = a->occurred_at.us - b->occurred_at.us;

    return difference != 0 ? (difference > 0) - (difference < 0)
                           : memcmp(&a->chain_id, &b->chain_id, sizeof(a->chain_id));
}

static struct text write_keys(struct arena *arena, const struct event_waiting_row *rows, int64_t count)
{
    size_t length = (size_t)count * EVENT_KEY_LENGTH;
    char *text = arena_zalloc(arena, length + 1);
    char time[TIMESTAMP_TEXT_SIZE];

    for (int64_t i = 0; i < count; i++) {
        char *key = text + i * EVENT_KEY_LENGTH;

        id_write_digits(&rows[i].chain_id, key);
        timestamp_format(rows[i].occurred_at, time);
        memcpy(key + ID_DIGITS, time, EVENT_KEY_TIME_LENGTH);
    }
    return (struct text){text, length};
}

/* Another process may have given the same positions, if the lease ran out behind the look at the events. From the first
 * statement on the row of the lease is locked, so the second one sees what that process has given. */
static int plan(struct db_unit *unit, void *context, struct error *err)
{
    const struct event_position_params *params = context;

    (void)err;
    db_unit_require(unit, &event_position_sql_take_lease, params, ERR_BUSY, OTHERS_GIVE);
    db_unit_require(unit, &event_position_sql_confirm, params, ERR_BUSY, OTHERS_GIVE);
    db_unit_add(unit, &event_position_sql_take_keys, params);
    db_unit_add(unit, &event_position_sql_give, params);
    db_unit_add(unit, &event_position_sql_add_actions, params);
    db_unit_add(unit, &event_position_sql_add_actors, params);
    db_unit_add(unit, &event_position_sql_add_targets, params);
    db_unit_add(unit, &event_position_sql_widen, params);
    db_unit_add(unit, &event_position_sql_note, params);
    if (params->count < PIECE)
        db_unit_add(unit, &event_position_sql_end_lease, params);
    return 0;
}

static void set_blocks(struct event_position_params *params, const struct event_waiting_row *first,
                       const struct event_waiting_row *last)
{
    params->first_block = (params->last + 1) / EVENT_BLOCK;
    params->last_block = (params->last + params->count) / EVENT_BLOCK;
    params->earliest = first->occurred_at;
    params->latest = last->occurred_at.us > last->latest.us ? last->occurred_at : last->latest;
}

/* Returns how many events there were; -1 on failure. */
static int64_t give_piece(const struct call *call, const struct id *holder, struct error *err)
{
    struct event_position_params params = {.holder = *holder, .count = PIECE};
    const struct db_work work = {.plan = plan, .is_repeatable = true, .context = &params};
    void *data = NULL;
    int64_t count = db_query_all(call->db, &event_position_sql_waiting, &params, call->arena, &data, err);
    struct event_waiting_row *rows = data;

    if (count <= 0)
        return count;
    qsort(rows, (size_t)count, sizeof(*rows), compare_times);
    params.last = rows->last;
    params.count = count;
    set_blocks(&params, rows, rows + count - 1);
    params.keys = write_keys(call->arena, rows, count);
    if (memory_has_run_out())
        return memory_ran_out(err);
    return db_transaction(call->db, call->arena, &work, err) < 0 ? -1 : count;
}

int event_position_give(const struct call *call, bool (*is_over)(void *context), void *context, int64_t *given,
                        struct error *err)
{
    struct id holder = id_new(call->now);
    int64_t count;

    do {
        count = give_piece(call, &holder, err);
        if (count > 0)
            *given += count;
    } while (count == PIECE && (is_over == NULL || !is_over(context)));
    return count < 0 ? -1 : 0;
}
