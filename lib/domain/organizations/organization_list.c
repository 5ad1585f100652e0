#include <string.h>

#include "base/log.h"
#include "domain/access/hints.h"
#include "organization_sql.h"

/* A page on its way from the database into the answer. Each row is written as it comes. */
struct listing {
    const struct call *call;
    const struct organization_filter *filter;
    struct buf *out;
    struct organization_page *page;
    struct timestamp last_created;
    int64_t rows;     /* so far, also of organizations that have ended and are still to be removed */
    bool is_accepted; /* the caller */
    bool is_members;  /* checked by the statement itself */
    bool is_superuser;
    struct id account_id;   /* of the caller, once accepted by a row */
    bool needs_known_after; /* the id of `after` does not tell the time of the start */
};

static void start_page(void *context)
{
    struct listing *listing = context;

    *listing->page = (struct organization_page){.count = 0};
    listing->last_created.us = INT64_MIN;
    listing->rows = 0;
    listing->is_accepted = listing->is_members;
    buf_reset(listing->out, SIZE_MAX);
    buf_add_char(listing->out, '[');
}

/* The first row says who is calling. The other rows say the same, so they are not checked. */
static int accept_caller(struct listing *listing, const struct organization_list_row *row, struct error *err)
{
    const struct call *call = listing->call;
    struct principal principal;

    if (listing->is_accepted)
        return 0;
    if (access_accept(call, &row->caller, &principal, err) < 0)
        return -1;
    listing->is_accepted = true;
    listing->is_superuser = principal.is_superuser;
    listing->account_id = principal.account_id;
    return listing->needs_known_after && !row->after_is_known ? access_no_organization(err) : 0;
}

/* No row at all: the credential is unknown. */
static int refuse_nobody(const struct listing *listing, struct error *err)
{
    const struct call *call = listing->call;
    struct principal principal;

    return listing->is_accepted ? 0 : access_accept(call, NULL, &principal, err);
}

/* The rows come in the order in which their ids were found. The statement does not sort them again, which would cost
 * more than all the rest. If a server ever mixes them, this check finds it. */
static int check_order(const struct listing *listing, const struct organization *next, struct error *err)
{
    int64_t last_us = listing->last_created.us;

    if (next->created.us > last_us ||
        (next->created.us == last_us && memcmp(&next->id, &listing->page->last, sizeof(next->id)) > 0))
        return 0;
    log_error("database: the rows of a page came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

static int add_to_page(void *context, const void *passing, struct error *err)
{
    struct listing *listing = context;
    const struct organization_list_row *row = passing;
    struct organization_page *page = listing->page;
    const struct organization *organization = &row->organization;

    if (accept_caller(listing, row, err) < 0)
        return -1;
    page->has_more = ++listing->rows > listing->filter->limit;
    /* A row without an organization is the caller alone, or the organization has just ended. */
    if (id_is_nil(&organization->id) || (int64_t)page->count == listing->filter->limit)
        return 0;
    if (check_order(listing, organization, err) < 0)
        return -1;
    if (page->count++ > 0)
        buf_add_char(listing->out, ',');
    organization_write_json(listing->out, organization, listing->filter->include_subscription_status,
                            listing->call->now);
    page->last = organization->id;
    listing->last_created = organization->created;
    return 0;
}

static bool has_filters(const struct organization_filter *filter)
{
    return filter->name_key.data != NULL || filter->owner_key.data != NULL || !id_is_nil(&filter->owner_id);
}

static int count_all(const struct call *call, const struct organization_filter *filter,
                     const struct organization_list_params *params, struct organization_page *page, struct error *err)
{
    const struct db_statement *const *statements =
        has_filters(filter) ? organization_sql_count : organization_sql_count_all;
    struct organization_count_row row;

    if (db_query_one(call->db, caller_statement(statements, &params->caller), params, call->arena, &row, err) < 0)
        return -1;
    page->total = row.total;
    return 0;
}

static void note_member(const struct listing *listing)
{
    const struct id *credential = &listing->call->caller.credential.id;
    bool lists_something = listing->page->count > 0 && !listing->is_superuser;
    struct guess *guess;

    if (guess_about(credential)->lists_something == lists_something)
        return;
    guess = guess_to_note(credential);
    guess->lists_something = lists_something;
    guess->account_id = listing->account_id;
}

/* The first page of a list, without filters, as most clients ask for it. */
static bool is_plain(const struct organization_filter *filter)
{
    return filter->offset == 0 && !filter->include_subscription_status;
}

static int run(struct listing *listing, const struct db_statement *const *statements,
               const struct organization_list_params *params, struct error *err)
{
    struct db_visitor visitor = {.start = start_page, .visit = add_to_page, .context = listing};

    return db_query_each(listing->call->db, caller_statement(statements, &params->caller), params, listing->call->arena,
                         &visitor, err);
}

/* Runs the cheapest statement that will probably do. If it gives nothing, the next statement says why. */
static int read_page(struct listing *listing, const struct organization_list_params *params, struct error *err)
{
    const struct call *call = listing->call;

    if (has_filters(listing->filter) || !id_is_nil(&listing->filter->after))
        return run(listing, organization_sql_list, params, err);
    if (is_plain(listing->filter) && guess_about(&call->caller.credential.id)->lists_something) {
        listing->is_members = true;
        if (run(listing, organization_sql_list_member, params, err) < 0)
            return -1;
        if (listing->page->count > 0) {
            actor_note(call->actor, guess_account(&call->caller.credential), &call->caller.credential.id);
            return 0;
        }
        listing->is_members = false;
    }
    if (run(listing, organization_sql_list_all, params, err) < 0)
        return -1;
    note_member(listing);
    return 0;
}

int organization_list(const struct call *call, const struct organization_filter *filter, struct buf *out,
                      struct organization_page *page, struct error *err)
{
    struct organization_list_params params = {
        .caller = call->caller.credential,
        .owner_id = filter->owner_id,
        .after = filter->after,
        .offset = filter->offset,
        .name_key = filter->name_key,
        .owner_key = filter->owner_key,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };
    struct listing listing = {
        .call = call,
        .filter = filter,
        .out = out,
        .page = page,
        .needs_known_after = !id_is_nil(&filter->after) && !id_time(&filter->after, &params.after_time),
    };

    if (read_page(&listing, &params, err) < 0 || refuse_nobody(&listing, err) < 0)
        return -1;
    buf_add_char(out, ']');
    return filter->include_total ? count_all(call, filter, &params, page, err) : 0;
}
