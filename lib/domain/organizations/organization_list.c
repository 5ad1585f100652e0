#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/access/hints.h"
#include "domain/name.h"
#include "organization_list_sql.h"

/* A page on its way from the database into the answer. Each row is written as it comes. */
struct listing {
    const struct call *call;
    const struct organization_filter *filter;
    struct buf *out;
    struct organization_page *page;
    /* Of the last row that is on the page. */
    struct timestamp last_created;
    struct id last_id;
    struct buf last_name;
    struct buf last_key;
    int64_t rows;               /* so far, also of organizations that have ended and are still to be removed */
    bool is_accepted;           /* the caller */
    bool is_members;            /* checked by the statement itself */
    struct principal principal; /* the caller, once accepted by a row */
    bool needs_known_after;     /* the id of `after` does not tell the time of the start */
};

static void release(struct listing *listing)
{
    buf_release(&listing->last_name);
    buf_release(&listing->last_key);
}

static void start_page(void *context)
{
    struct listing *listing = context;

    *listing->page = (struct organization_page){.count = 0};
    listing->rows = 0;
    listing->is_accepted = listing->is_members;
    buf_reset(listing->out, SIZE_MAX);
    buf_add_char(listing->out, '[');
}

/* The first row says who is calling. The other rows say the same, so they are not checked. */
static int accept_caller(struct listing *listing, const struct organization_list_row *row, struct error *err)
{
    const struct call *call = listing->call;

    if (listing->is_accepted)
        return 0;
    if (access_accept(call, &row->caller, &listing->principal, err) < 0)
        return -1;
    listing->is_accepted = true;
    return listing->needs_known_after && !row->after_is_known ? access_no_organization(err) : 0;
}

/* No row at all: the credential is unknown. */
static int refuse_nobody(const struct listing *listing, struct error *err)
{
    const struct call *call = listing->call;
    struct principal principal;

    return listing->is_accepted ? 0 : access_accept(call, NULL, &principal, err);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(struct text a, struct text b)
{
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);

    return order == 0 ? compare_numbers((int64_t)a.length, (int64_t)b.length) : order;
}

static int compare_to_last(const struct listing *listing, const struct organization_list_row *row)
{
    const struct organization *organization = &row->organization;
    int order;

    if (organization_order_is_by_name(listing->filter->order))
        return compare_texts(row->name_key, (struct text){listing->last_key.data, listing->last_key.length});
    order = compare_numbers(organization->created.us, listing->last_created.us);
    return order == 0 ? memcmp(&organization->id, &listing->last_id, sizeof(organization->id)) : order;
}

/* The rows come in the order in which their ids were found. The statement does not sort them again, which would cost
 * more than all the rest. If a server ever mixes them, this check finds it. */
static int check_order(const struct listing *listing, const struct organization_list_row *row, struct error *err)
{
    enum organization_order order = listing->filter->order;
    bool is_down = order == ORGANIZATION_BY_CREATED_DOWN || order == ORGANIZATION_BY_NAME_DOWN;
    int compared = listing->page->count == 0 ? 0 : compare_to_last(listing, row);

    if (listing->page->count == 0 || (is_down ? compared < 0 : compared > 0))
        return 0;
    log_error("database: the rows of a page came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

static void set_text(struct buf *buf, struct text text)
{
    buf_reset(buf, SIZE_MAX);
    buf_add(buf, text.data, text.length);
}

static void note_last(struct listing *listing, const struct organization_list_row *row)
{
    listing->last_created = row->organization.created;
    listing->last_id = row->organization.id;
    if (organization_order_is_by_name(listing->filter->order)) {
        set_text(&listing->last_name, row->organization.name);
        set_text(&listing->last_key, row->name_key);
    }
}

static bool shows_subscription(const struct listing *listing, const struct organization_list_row *row)
{
    struct standing standing;

    if (!listing->filter->include_subscription_status)
        return false;
    standing = access_standing(&listing->principal, &row->organization.owner_id, row->mask);
    return standing_allows(&standing, PERMISSION_SUBSCRIPTION_READ);
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
    if (check_order(listing, row, err) < 0)
        return -1;
    if (page->count++ > 0)
        buf_add_char(listing->out, ',');
    organization_write_json(listing->out, organization, shows_subscription(listing, row), listing->call->now);
    note_last(listing, row);
    return 0;
}

/* Which statement it takes */

static bool has_owner(const struct organization_filter *filter)
{
    return filter->owner_key.data != NULL || !id_is_nil(&filter->owner_id);
}

/* The empty key is what every name begins with. */
static bool has_search(const struct organization_filter *filter)
{
    return filter->search_key.length > 0;
}

/* What is asked for besides the order. */
enum kind { ALL, FILTERED, SEARCHED, BOTH, KINDS };

static enum kind kind_of(const struct organization_filter *filter)
{
    bool is_filtered = has_owner(filter) || filter->name_key.data != NULL;

    if (has_search(filter))
        return is_filtered ? BOTH : SEARCHED;
    return is_filtered ? FILTERED : ALL;
}

static const struct db_statement *const *by_name(const struct organization_filter *filter)
{
    if (filter->order == ORGANIZATION_BY_NAME)
        return has_owner(filter) ? organization_sql_list_by_name_of_owner : organization_sql_list_by_name;
    return has_owner(filter) ? organization_sql_list_by_name_of_owner_down : organization_sql_list_by_name_down;
}

static const struct db_statement *const *page_statements(const struct organization_filter *filter)
{
    static const struct db_statement *const *const by_created[2][KINDS] = {
        {organization_sql_list_all, organization_sql_list, organization_sql_list_search, organization_sql_list_both},
        {organization_sql_list_all_newest, organization_sql_list_newest, organization_sql_list_search_newest,
         organization_sql_list_both_newest},
    };
    enum kind kind = kind_of(filter);

    if (organization_order_is_by_name(filter->order))
        return by_name(filter);
    if (kind == ALL && !id_is_nil(&filter->after))
        kind = FILTERED;
    return by_created[filter->order == ORGANIZATION_BY_CREATED_DOWN][kind];
}

/* By name, the names of the page are a range: what the name is, and where the page starts. */
static void narrow(const struct call *call, const struct organization_filter *filter,
                   struct organization_list_params *params)
{
    struct name_range range = name_range_of(call->arena, has_search(filter) ? filter->search_key : TEXT(""));

    if (filter->name_key.data != NULL)
        name_range_keep_only(call->arena, &range, filter->name_key);
    if (filter->given.after && filter->order == ORGANIZATION_BY_NAME)
        name_range_start_behind(call->arena, &range, filter->after_key);
    else if (filter->given.after)
        name_range_end_before(&range, filter->after_key);
    params->from = range.from;
    params->end = range.end;
}

static int count_all(const struct call *call, const struct organization_filter *filter,
                     const struct organization_list_params *params, struct organization_page *page, struct error *err)
{
    static const struct db_statement *const *const statements[KINDS] = {
        organization_sql_count_all, organization_sql_count, organization_sql_count_search, organization_sql_count_both};
    const struct db_statement *statement = caller_statement(statements[kind_of(filter)], &params->caller);
    struct organization_count_row row;

    if (db_query_one(call->db, statement, params, call->arena, &row, err) < 0)
        return -1;
    page->total = row.total;
    return 0;
}

static void note_member(const struct listing *listing)
{
    const struct id *credential = &listing->call->caller.credential.id;
    bool lists_something = listing->page->count > 0 && !listing->principal.is_superuser;
    struct guess *guess;

    if (guess_about(credential)->lists_something == lists_something)
        return;
    guess = guess_to_note(credential);
    guess->lists_something = lists_something;
    guess->account_id = listing->principal.account_id;
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

/* A page of nothing but what has ended says not where the next one begins. The statement with filters passes that. */
static int run_whole(struct listing *listing, const struct db_statement *const *statements,
                     const struct organization_list_params *params, struct error *err)
{
    if (run(listing, statements, params, err) < 0)
        return -1;
    if (listing->page->count > 0 || !listing->page->has_more)
        return 0;
    return run(listing,
               listing->filter->order == ORGANIZATION_BY_CREATED ? organization_sql_list : organization_sql_list_newest,
               params, err);
}

/* Runs the cheapest statement that will probably do. If it gives nothing, the next statement says why. */
static int read_page(struct listing *listing, const struct organization_list_params *params, struct error *err)
{
    const struct db_statement *const *statements = page_statements(listing->filter);
    const struct call *call = listing->call;

    if (statements != organization_sql_list_all)
        return run_whole(listing, statements, params, err);
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
    if (run_whole(listing, statements, params, err) < 0)
        return -1;
    note_member(listing);
    return 0;
}

/* Where the next page begins, in the arena. */
static struct text find_next(const struct listing *listing)
{
    struct arena *arena = listing->call->arena;
    const struct buf *name = &listing->last_name;
    char *id;

    if (organization_order_is_by_name(listing->filter->order))
        return (struct text){arena_strndup(arena, name->data, name->length), name->length};
    id = arena_alloc(arena, ID_TEXT_SIZE);
    id_format(&listing->last_id, id);
    return (struct text){id, ID_TEXT_SIZE - 1};
}

static int list_page(const struct call *call, const struct organization_filter *filter,
                     const struct organization_list_params *whole, struct buf *out, struct organization_page *page,
                     struct error *err)
{
    struct organization_list_params params = *whole;
    CLEANUP(release)
    struct listing listing = {
        .call = call,
        .filter = filter,
        .out = out,
        .page = page,
        .needs_known_after = !id_is_nil(&filter->after) && !id_time(&filter->after, &params.after_time),
    };

    buf_init(&listing.last_name, SIZE_MAX);
    buf_init(&listing.last_key, SIZE_MAX);
    if (organization_order_is_by_name(filter->order))
        narrow(call, filter, &params);
    if (read_page(&listing, &params, err) < 0 || refuse_nobody(&listing, err) < 0)
        return -1;
    buf_add_char(out, ']');
    if (page->has_more)
        page->next = find_next(&listing);
    return 0;
}

int organization_list(const struct call *call, const struct organization_filter *filter, struct buf *out,
                      struct organization_page *page, struct error *err)
{
    struct organization_list_params params = {
        .caller = call->caller.credential,
        .owner_id = filter->owner_id,
        .after = filter->after,
        .wants_subscription = filter->include_subscription_status,
        .offset = filter->offset,
        .name_key = filter->name_key,
        .owner_key = filter->owner_key,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };

    if (has_search(filter)) {
        struct name_range range = name_range_of(call->arena, filter->search_key);

        params.from = range.from;
        params.end = range.end;
    }
    if (list_page(call, filter, &params, out, page, err) < 0)
        return -1;
    return filter->include_total ? count_all(call, filter, &params, page, err) : 0;
}
