#include "event_feed.h"

#include <string.h>

#include "base/log.h"
#include "event_csv.h"
#include "event_feed_sql.h"

/* A page on its way from the database into the answer. Each row is written as it comes. */
struct reading {
    const struct call *call;
    const struct event_filter *filter;
    bool is_newest_first;
    struct buf *out;
    struct page *page;
    struct id account_id; /* of the caller */
    bool is_superuser;    /* the caller is one */
    int64_t last_place;
    bool is_accepted;
    bool after_is_known; /* or there is no `after` */
};

static void start(void *context)
{
    struct reading *reading = context;

    *reading->page = PAGE_EMPTY;
    reading->is_accepted = false;
    buf_reset(reading->out, SIZE_MAX);
    if (reading->filter->form == EVENT_FORM_JSON)
        buf_add_char(reading->out, '[');
    else if (reading->filter->form == EVENT_FORM_CSV && !reading->filter->is_continued)
        event_csv_write_heading(reading->out);
}

/* The events of an organization outlive it, for superusers. */
static int accept_for_organization(const struct call *call, const struct event_feed_row *row, struct access *out,
                                   struct error *err)
{
    if (row->is_on_record && row->access.caller.is_superuser && id_is_nil(&row->access.organization_id))
        return access_accept(call, &row->access.caller, &out->principal, err);
    return access_judge(call, &row->access, PERMISSION_EVENT_READ, out, err);
}

static int accept(struct reading *reading, const struct event_feed_row *row, struct error *err)
{
    enum event_feed feed = reading->filter->feed;
    struct access access;
    int result;

    if (reading->is_accepted)
        return 0;
    result = feed == EVENT_FEED_OF_ORGANIZATION
                 ? accept_for_organization(reading->call, row, &access, err)
                 : access_accept(reading->call, &row->access.caller, &access.principal, err);
    if (result < 0)
        return -1;
    if (feed == EVENT_FEED_OF_SERVICE && !access.principal.is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may read the events of the whole service.");
    reading->account_id = access.principal.account_id;
    reading->is_superuser = access.principal.is_superuser;
    reading->after_is_known =
        feed == EVENT_FEED_OF_ORGANIZATION || id_is_nil(&reading->filter->after) || row->after_is_known;
    reading->is_accepted = true;
    return 0;
}

/* The rows come in the order in which their keys were found, and are not sorted again. If a server ever mixes them,
 * this finds it. */
static int check_order(struct reading *reading, const struct event_row *event, struct error *err)
{
    int64_t place = reading->filter->feed == EVENT_FEED_OF_ORGANIZATION ? event->occurred_at.us : event->position;
    bool is_first = reading->page->count == 0;

    if (is_first || (place > reading->last_place) != reading->is_newest_first) {
        reading->last_place = place;
        return 0;
    }
    log_error("database: the rows of a page of events came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

/* Who was acted on in an organization learns what was done and by whom. Where that one was, and by what credential, is
 * for who may read the events of the organization. */
static bool is_of_another(const struct reading *reading, const struct event_row *event)
{
    return reading->filter->feed == EVENT_FEED_OF_CALLER && !id_equal(&event->chain_id, &reading->account_id) &&
           !id_equal(&event->actor_id, &reading->account_id);
}

static struct event_row without_origin(const struct event_row *event)
{
    struct event_row row = *event;

    row.actor_credential_id = (struct id){{0}};
    row.request_id = row.address = row.user_agent = (struct text){NULL, 0};
    return row;
}

static void write_event(struct reading *reading, const struct event_row *event)
{
    switch (reading->filter->form) {
    case EVENT_FORM_JSON:
        if (reading->page->count > 0)
            buf_add_char(reading->out, ',');
        event_row_write_json(reading->out, event);
        break;
    case EVENT_FORM_LINES:
        event_row_write_json(reading->out, event);
        buf_add_char(reading->out, '\n');
        break;
    case EVENT_FORM_CSV:
        event_csv_write(reading->out, event);
        break;
    }
}

static bool is_full(const struct reading *reading)
{
    const struct event_filter *filter = reading->filter;

    return (int64_t)reading->page->count == filter->limit ||
           (filter->length_max > 0 && reading->page->count > 0 && reading->out->length >= filter->length_max);
}

static int add(void *context, const void *passing, struct error *err)
{
    struct reading *reading = context;
    const struct event_feed_row *row = passing;
    struct page *page = reading->page;
    struct event_row seen;

    if (accept(reading, row, err) < 0)
        return -1;
    if (id_is_nil(&row->event.id))
        return 0; /* the caller alone */
    if (is_full(reading)) {
        page->has_more = true;
        return 0;
    }
    if (check_order(reading, &row->event, err) < 0)
        return -1;
    seen = is_of_another(reading, &row->event) ? without_origin(&row->event) : row->event;
    write_event(reading, &seen);
    page->count++;
    page->last = row->event.id;
    return 0;
}

/* The ways to find a page of a feed: along an index of the first of these filters that is set, or of none. */
enum way { BY_TARGET, BY_ACTOR, BY_ACTION, BY_NOTHING, WAYS };

static const struct db_statement *const *const statements[][WAYS] = {
    [EVENT_FEED_OF_ORGANIZATION] = {event_feed_sql_chain_target, event_feed_sql_chain_actor,
                                    event_feed_sql_chain_action, event_feed_sql_chain},
    [EVENT_FEED_OF_CALLER] = {event_feed_sql_own, event_feed_sql_own, event_feed_sql_own, event_feed_sql_own},
    [EVENT_FEED_OF_SERVICE] = {event_feed_sql_all_target, event_feed_sql_all_actor, event_feed_sql_all_action,
                               event_feed_sql_all},
};

static enum way choose_way(const struct event_feed_params *params)
{
    if (!id_is_nil(&params->target_id))
        return BY_TARGET;
    if (!id_is_nil(&params->actor_id))
        return BY_ACTOR;
    return params->action.data != NULL ? BY_ACTION : BY_NOTHING;
}

static int count_all(const struct reading *reading, struct event_feed_params *params, struct error *err)
{
    static const struct db_statement *const totals[] = {
        [EVENT_FEED_OF_ORGANIZATION] = &event_feed_sql_total_of_chain,
        [EVENT_FEED_OF_CALLER] = &event_feed_sql_total_of_own,
        [EVENT_FEED_OF_SERVICE] = &event_feed_sql_total_of_all,
    };
    const struct call *call = reading->call;
    struct event_number_row row;

    params->account_id = reading->account_id;
    params->is_superuser = reading->is_superuser;
    if (db_query_one(call->db, totals[reading->filter->feed], params, call->arena, &row, err) < 0)
        return -1;
    reading->page->total = row.number;
    return 0;
}

static void set_action(struct event_feed_params *params, struct text action)
{
    if (event_is_resource(action))
        params->resource = (struct text){action.data, action.length - 1};
    else
        params->action = action;
}

static struct event_feed_params make_params(const struct call *call, const struct event_filter *filter)
{
    bool is_newest_first = filter->order_by.data == NULL || filter->order_by.data[0] == '-';
    struct event_feed_params params = {
        .caller = call->caller.credential,
        .organization_id = filter->organization_id,
        .actor_id = filter->actor_id,
        .target_id = filter->target_id,
        .since = filter->since,
        .until = filter->until,
        .after = filter->after,
        .after_time = id_place(&filter->after),
        .after_position = is_newest_first ? 0 : INT64_MAX, /* nothing, until the place is known */
        .is_newest_first = is_newest_first,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .offset = filter->offset,
        .end = filter->offset + filter->limit + 1,
    };

    set_action(&params, filter->action);
    return params;
}

static int run(struct reading *reading, const struct event_feed_params *params, struct error *err)
{
    const struct call *call = reading->call;
    const struct db_statement *const *which = statements[reading->filter->feed][choose_way(params)];
    struct db_visitor visitor = {.start = start, .visit = add, .context = reading};
    struct principal nobody;

    if (db_query_each(call->db, caller_statement(which, &params->caller), params, call->arena, &visitor, err) < 0)
        return -1;
    /* no row at all: the credential is unknown */
    return reading->is_accepted ? 0 : access_accept(call, NULL, &nobody, err);
}

/* An `after` that is no event, or no more, is a place between two events. */
static int find_place(const struct reading *reading, struct event_feed_params *params, struct error *err)
{
    const struct call *call = reading->call;
    struct event_number_row row;
    int found = db_query_one(call->db, &event_feed_sql_place, params, call->arena, &row, err);

    if (found < 0)
        return -1;
    params->after_position = found == 0 ? INT64_MAX : row.number - !params->is_newest_first;
    return 0;
}

int event_feed_read(const struct call *call, const struct event_filter *filter, struct buf *out, struct page *page,
                    struct error *err)
{
    struct reading reading = {.call = call, .filter = filter, .out = out, .page = page};
    struct event_feed_params params = make_params(call, filter);

    reading.is_newest_first = params.is_newest_first;
    if (run(&reading, &params, err) < 0)
        return -1;
    if (!reading.after_is_known && (find_place(&reading, &params, err) < 0 || run(&reading, &params, err) < 0))
        return -1;
    if (filter->form == EVENT_FORM_JSON)
        buf_add_char(out, ']');
    return filter->include_total ? count_all(&reading, &params, err) : 0;
}
