#include "invitation.h"

#include <string.h>

#include "base/log.h"
#include "invitation_private.h"

/* A page on its way from the database into the answer. Each row is written as it comes. */
struct listing {
    const struct call *call;
    const struct invitation_filter *filter;
    struct buf *out;
    struct page *page;
    bool is_accepted;
};

static void start(void *context)
{
    struct listing *listing = context;

    *listing->page = PAGE_EMPTY;
    listing->is_accepted = false;
    buf_reset(listing->out, SIZE_MAX);
    buf_add_char(listing->out, '[');
}

/* `row` is NULL if there was none. */
static int accept(struct listing *listing, const struct invitation_row *row, struct error *err)
{
    const struct call *call = listing->call;
    struct access access;
    int result;

    if (listing->is_accepted)
        return 0;
    result = listing->filter->list == INVITATIONS_OF_CALLER
                 ? access_accept(call, row == NULL ? NULL : &row->access.caller, &access.principal, err)
                 : access_judge(call, row == NULL ? NULL : &row->access, PERMISSION_INVITATION_READ, &access, err);
    listing->is_accepted = result == 0;
    return result;
}

/* If a server ever mixes the rows, this finds it. */
static int check_order(const struct page *page, const struct id *next, struct error *err)
{
    if (memcmp(next, &page->last, sizeof(*next)) > 0)
        return 0;
    log_error("database: the rows of a page of invitations came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

static int add(void *context, const void *passing, struct error *err)
{
    struct listing *listing = context;
    const struct invitation_row *row = passing;
    struct page *page = listing->page;

    if (accept(listing, row, err) < 0)
        return -1;
    if (id_is_nil(&row->invitation.id))
        return 0; /* the caller alone */
    if ((int64_t)page->count == listing->filter->limit) {
        page->has_more = true;
        return 0;
    }
    if (check_order(page, &row->invitation.id, err) < 0)
        return -1;
    if (page->count++ > 0)
        buf_add_char(listing->out, ',');
    invitation_write_json(listing->out, &row->invitation, NULL, listing->call->now);
    page->last = row->invitation.id;
    return 0;
}

static const struct db_statement *choose(const struct call *call, const struct invitation_filter *filter)
{
    return caller_statement(filter->list == INVITATIONS_OF_CALLER ? invitation_sql_list_own : invitation_sql_list,
                            &call->caller.credential);
}

static int count_all(const struct listing *listing, const struct invitation_list_params *params, struct error *err)
{
    const struct call *call = listing->call;
    const struct db_statement *statement = listing->filter->list == INVITATIONS_OF_CALLER
                                               ? caller_statement(invitation_sql_count_own, &call->caller.credential)
                                               : &invitation_sql_count;
    struct invitation_count_row row;

    if (db_query_one(call->db, statement, params, call->arena, &row, err) < 0)
        return -1;
    listing->page->total = row.total;
    return 0;
}

int invitation_list(const struct call *call, const struct invitation_filter *filter, struct buf *out, struct page *page,
                    struct error *err)
{
    struct listing listing = {.call = call, .filter = filter, .out = out, .page = page};
    struct db_visitor visitor = {.start = start, .visit = add, .context = &listing};
    struct invitation_list_params params = {
        .caller = call->caller.credential,
        .organization_id = filter->organization_id,
        .email_key = filter->email_key,
        .status = filter->wanted,
        .only_pending = filter->only_pending,
        .now = call->now,
        .after = filter->after,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .offset = filter->offset,
    };

    if (db_query_each(call->db, choose(call, filter), &params, call->arena, &visitor, err) < 0 ||
        (!listing.is_accepted && accept(&listing, NULL, err) < 0))
        return -1;
    buf_add_char(out, ']');
    return filter->include_total ? count_all(&listing, &params, err) : 0;
}

int64_t invitation_list_all(const struct call *call, const struct id *organization_id, bool only_pending,
                            struct invitation **out, struct error *err)
{
    const struct invitation_list_params params = {
        .organization_id = *organization_id,
        .only_pending = only_pending,
        .now = call->now,
        .limit = INT64_MAX,
    };
    struct invitation_row *rows;
    int64_t count = db_query_all(call->db, &invitation_sql_list_as_operator, &params, call->arena, (void **)&rows, err);
    int64_t found = 0;

    *out = count <= 0 ? NULL : arena_zalloc(call->arena, (size_t)count * sizeof(**out));
    for (int64_t i = 0; i < count; i++)
        if (!id_is_nil(&rows[i].invitation.id)) /* else the organization alone */
            (*out)[found++] = rows[i].invitation;
    return count < 0 ? -1 : found;
}
