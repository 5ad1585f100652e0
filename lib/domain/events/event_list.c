#include "event_list.h"

#include <string.h>

#include "base/text.h"
#include "event_chain.h"
#include "event_list_sql.h"

#define PAGE 200
/* How much later than its id an event may have occurred, if clocks differ. */
#define CLOCKS_US US_PER_HOUR

/* A walk along the events of a selection. */
struct walk {
    const struct event_selection *selection;
    const struct db_statement *statement;
    struct event_list_params params;
    int64_t seen; /* of those selected */
    bool is_over;
};

static bool has_action(const struct event_row *row, struct text wanted)
{
    if (wanted.data == NULL || text_equal(row->action, wanted))
        return true;
    return event_is_resource(wanted) && row->action.length >= wanted.length - 1 &&
           memcmp(row->action.data, wanted.data, wanted.length - 1) == 0;
}

static const struct db_statement *choose(const struct event_selection *selection)
{
    if (!id_is_nil(&selection->account_id))
        return &event_list_sql_account;
    if (!id_is_nil(&selection->chain_id))
        return selection->is_newest_first ? &event_list_sql_chain_newest_first : &event_list_sql_chain;
    return selection->is_newest_first ? &event_list_sql_all_newest_first : &event_list_sql_all;
}

/* The first place of all, or the last one. Ids begin with the time. */
static void begin(struct walk *walk, const struct event_selection *selection)
{
    bool is_forward = !selection->is_newest_first && id_is_nil(&selection->account_id);
    int64_t ms = (selection->since.us - CLOCKS_US) / 1000;

    walk->params = (struct event_list_params){
        .chain_id = selection->chain_id,
        .account_id = selection->account_id,
        .occurred_at.us = is_forward ? EVENT_EARLIEST.us : TIMESTAMP_MAX_US,
        .count = PAGE,
    };
    if (!is_forward)
        memset(walk->params.id.bytes, 0xff, sizeof(walk->params.id.bytes));
    else if (ms > 0)
        for (size_t i = 0; i < 6; i++)
            walk->params.id.bytes[i] = (uint8_t)(ms >> (8 * (5 - i)));
    walk->params.id.bytes[15] |= 1; /* nil would be NULL */
    if (is_forward && selection->since.us != 0)
        walk->params.occurred_at.us = selection->since.us - 1;
}

/* True if no later row of a walk from the newest on can be selected. */
static bool is_past(const struct walk *walk, const struct event_row *row)
{
    const struct event_selection *selection = walk->selection;
    int64_t slack_us = id_is_nil(&selection->chain_id) ? CLOCKS_US : 0;
    bool is_backward = selection->is_newest_first || !id_is_nil(&selection->account_id);

    return is_backward && row->occurred_at.us < selection->since.us - slack_us;
}

int event_each(const struct call *call, const struct event_selection *selection,
               int (*visit)(void *context, const struct event_row *row, struct arena *arena, struct error *err),
               void *context, struct error *err)
{
    struct walk walk = {.selection = selection, .statement = choose(selection)};
    struct arena *page = arena_open();
    int64_t count = PAGE;

    for (begin(&walk, selection); count == PAGE && !walk.is_over; arena_reset(page)) {
        void *data = NULL;
        const struct event_row *rows;

        count = db_query_all(call->db, walk.statement, &walk.params, page, &data, err);
        rows = data;
        for (int64_t i = 0; i < count && !walk.is_over; i++) {
            walk.params.occurred_at = rows[i].occurred_at;
            walk.params.id = rows[i].id;
            walk.is_over = is_past(&walk, &rows[i]);
            if (rows[i].occurred_at.us < selection->since.us || !has_action(&rows[i], selection->action))
                continue;
            if (visit(context, &rows[i], page, err) < 0)
                count = -1;
            walk.seen++;
            walk.is_over = walk.is_over || walk.seen == selection->limit;
        }
    }
    arena_close(page);
    return count < 0 ? -1 : 0;
}
