#include "listing.h"

#include <string.h>

#include "base/log.h"

struct count_row {
    int64_t total;
};

const struct db_record listing_count_row = DB_RECORD(struct count_row, DB_MEMBER(struct count_row, total));

static void start_page(void *context)
{
    struct listing *listing = context;

    listing->page = PAGE_EMPTY;
    listing->last_created.us = INT64_MIN;
    listing->rows = 0;
    listing->is_judged = false;
    buf_reset(listing->out, SIZE_MAX);
    buf_add_char(listing->out, '[');
}

/* The first row says who is asking. The other rows say the same, so they are not asked. */
static int judge(struct listing *listing, const struct listing_row *row, struct error *err)
{
    if (listing->is_judged)
        return 0;
    if (access_judge(listing->call, row == NULL ? NULL : &row->access, listing->permission, &listing->access, err) < 0)
        return -1;
    listing->is_judged = true;
    if (listing->needs_known_after && row != NULL && !row->after_is_known)
        return error_set(err, ERR_NOT_FOUND, "There is nothing with the id in 'after'; start from the beginning.");
    return 0;
}

/* The statement does not sort the rows again after it has found them. If a server ever mixes them, this finds it. */
static int check_order(const struct listing *listing, const struct listing_row *next, struct error *err)
{
    int64_t last_us = listing->last_created.us;

    if (next->item_created.us > last_us ||
        (next->item_created.us == last_us && memcmp(&next->item_id, &listing->page.last, sizeof(next->item_id)) > 0))
        return 0;
    log_error("database: the rows of a page came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

static int add_to_page(void *context, const void *passing, struct error *err)
{
    struct listing *listing = context;
    const struct listing_row *row = passing;

    if (judge(listing, row, err) < 0)
        return -1;
    listing->page.has_more = ++listing->rows > listing->limit;
    if (id_is_nil(&row->item_id) || listing->page.has_more)
        return 0;
    if (check_order(listing, row, err) < 0)
        return -1;
    if (listing->page.count++ > 0)
        buf_add_char(listing->out, ',');
    listing->write(listing, passing);
    listing->page.last = row->item_id;
    listing->last_created = row->item_created;
    return 0;
}

int listing_run(struct listing *listing, const struct db_statement *const *statements, const void *params,
                struct error *err)
{
    const struct call *call = listing->call;
    struct db_visitor visitor = {.start = start_page, .visit = add_to_page, .context = listing};

    if (db_query_each(call->db, caller_statement(statements, &call->caller.credential), params, call->arena, &visitor,
                      err) < 0)
        return -1;
    /* No row at all: the credential is unknown. */
    if (judge(listing, NULL, err) < 0)
        return -1;
    buf_add_char(listing->out, ']');
    return 0;
}

bool listing_may_have_left(const struct id *after, struct timestamp now)
{
    struct timestamp made;

    return id_time(after, &made) && made.us <= now.us;
}

int listing_count(struct listing *listing, bool is_asked, const struct db_statement *count, const void *params,
                  struct error *err)
{
    const struct call *call = listing->call;
    struct count_row row;

    if (!is_asked)
        return 0;
    if (db_query_one(call->db, count, params, call->arena, &row, err) < 0)
        return -1;
    listing->page.total = row.total;
    return 0;
}
