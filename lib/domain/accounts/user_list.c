#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/name.h"
#include "user_sql.h"

/* The statements of a page and of a total. */
struct way {
    const struct db_statement *const *list;
    const struct db_statement *const *count;
};

/* What leads to the fewest accounts. */
static struct way choose(const struct user_filter *filter)
{
    if (!id_is_nil(&filter->user_id) || filter->username_key.data != NULL || filter->email.data != NULL)
        return (struct way){user_sql_list_found, user_sql_count_found};
    if (filter->oauth_provider.data != NULL || filter->oauth_id.data != NULL)
        return (struct way){user_sql_list_external, user_sql_count_external};
    if (filter->search.data != NULL)
        return (struct way){user_sql_list_searched, user_sql_count_searched};
    return (struct way){user_sql_list, user_sql_count};
}

/* Returns the pattern of what begins so. */
static struct text pattern_of(struct arena *arena, struct text beginning)
{
    char *pattern = arena_alloc(arena, 2 * beginning.length + 2);
    size_t length = 0;

    for (size_t i = 0; i < beginning.length; i++) {
        if (strchr("|%_", beginning.data[i]) != NULL)
            pattern[length++] = '|';
        pattern[length++] = beginning.data[i];
    }
    pattern[length++] = '%';
    pattern[length] = '\0';
    return (struct text){pattern, length};
}

/* What nobody sees finds nobody. */
static void set_patterns(struct arena *arena, struct text search, struct user_list_params *params)
{
    struct text key;

    if (search.data == NULL)
        return;
    key = name_key(arena, search);
    params->key_pattern = key.length == 0 ? TEXT("") : pattern_of(arena, key);
    params->pattern = key.length == 0 ? TEXT("") : pattern_of(arena, text_nfc(arena, search));
}

static struct user_list_params params_of(const struct call *call, const struct user_filter *filter)
{
    struct user_list_params params = {
        .caller = call->caller.credential,
        .member_readers = permission_bits(PERMISSION_MEMBER_READ),
        .user_id = filter->user_id,
        .username_key = filter->username_key,
        .email = filter->email,
        .oauth_provider = filter->oauth_provider,
        .oauth_id = filter->oauth_id,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .end = filter->offset + filter->limit + 1,
    };

    if (filter->given_is_active)
        params.standing = filter->is_active ? 1 : 2;
    set_patterns(call->arena, filter->search, &params);
    return params;
}

/* A page on its way from the database into the answer. Each row is written as it comes. */
struct listing {
    const struct call *call;
    const struct user_filter *filter;
    struct buf *out;
    struct page *page;
    bool is_accepted; /* the caller */
};

static void start_page(void *context)
{
    struct listing *listing = context;

    *listing->page = PAGE_EMPTY;
    listing->is_accepted = false;
    buf_reset(listing->out, SIZE_MAX);
    buf_add_char(listing->out, '[');
}

/* The first row says who is calling. The other rows say the same, so they are not checked. */
static int accept_caller(struct listing *listing, const struct caller_row *row, struct error *err)
{
    struct principal principal;

    if (!listing->is_accepted && access_accept(listing->call, row, &principal, err) < 0)
        return -1;
    listing->is_accepted = true;
    return 0;
}

/* The statement reads the rows in the order of the ids that it has found. If a server ever mixes them, this finds it.
 */
static int check_order(const struct page *page, const struct id *next, struct error *err)
{
    if (memcmp(next, &page->last, sizeof(*next)) > 0)
        return 0;
    log_error("database: the rows of a page came out of order");
    return error_set(err, ERR_INTERNAL, "Something went wrong here.");
}

static int add_to_page(void *context, const void *passing, struct error *err)
{
    struct listing *listing = context;
    const struct user_row *row = passing;
    struct page *page = listing->page;

    if (accept_caller(listing, &row->caller, err) < 0)
        return -1;
    if (id_is_nil(&row->account.id))
        return 0;
    page->has_more = (int64_t)page->count == listing->filter->limit;
    if (page->has_more)
        return 0;
    if (check_order(page, &row->account.id, err) < 0)
        return -1;
    if (page->count++ > 0)
        buf_add_char(listing->out, ',');
    fields_write_json(listing->out, user_model.fields, &row->account);
    page->last = row->account.id;
    return 0;
}

int user_list(const struct call *call, const struct user_filter *filter, struct buf *out, struct page *page,
              struct error *err)
{
    const struct user_list_params params = params_of(call, filter);
    const struct way way = choose(filter);
    struct listing listing = {.call = call, .filter = filter, .out = out, .page = page};
    struct db_visitor visitor = {.start = start_page, .visit = add_to_page, .context = &listing};
    struct user_count_row row;

    if (db_query_each(call->db, caller_statement(way.list, &params.caller), &params, call->arena, &visitor, err) < 0)
        return -1;
    if (accept_caller(&listing, NULL, err) < 0)
        return -1;
    buf_add_char(out, ']');
    if (!filter->include_total)
        return 0;
    if (db_query_one(call->db, caller_statement(way.count, &params.caller), &params, call->arena, &row, err) < 0)
        return -1;
    page->total = row.total;
    return 0;
}
