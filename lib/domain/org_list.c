#include "base/text.h"
#include "org_private.h"

static int count_all(const struct org_call *call, const struct org_list_params *params, struct org_page *out,
                     struct error *err)
{
    struct org_count_row row;

    if (db_query_one(call->db, &org_sql_count, params, call->arena, &row, err) < 0)
        return -1;
    out->total = row.total;
    return 0;
}

static void fill_page(const struct org_call *call, const struct org_list_row *rows, int64_t count, int64_t limit,
                      struct org_page *out)
{
    out->has_more = count > limit;
    out->count = (size_t)(out->has_more ? limit : count);
    out->items = arena_alloc(call->arena, (out->count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = org_from_columns(&rows[i].org);
}

/* The credentials of superusers that this worker has lately served, so that the right one of the two statements is
 * tried first. Only a guess: who the caller is comes with the row. */
static struct id known_superusers[16];

static struct id *place_of_guess(const struct id *credential)
{
    return &known_superusers[credential->bytes[15] % ARRAY_LENGTH(known_superusers)];
}

static int64_t query_list(const struct org_call *call, const struct org_list_params *params, bool is_superuser,
                          struct org_list_row **rows, struct error *err)
{
    void *memory = NULL;
    int64_t count = db_query_all(call->db, is_superuser ? &org_sql_list_of_superuser : &org_sql_list_of_member, params,
                                 call->arena, &memory, err);

    *rows = memory;
    return count;
}

/* An empty page says nothing of the caller, so it is asked for: he may be of the other kind, or nobody at all. Returns
 * the number of rows after all; `caller` gets what there is without any. */
static int64_t look_again(const struct org_call *call, const struct org_list_params *params, bool was_superuser,
                          struct org_list_row *caller, struct org_list_row **rows, struct error *err)
{
    struct principal principal;
    int found = db_query_one(call->db, &org_sql_list_caller, params, call->arena, caller, err);

    if (found < 0 ||
        caller_accept(call->credential, found == 0 ? NULL : &caller->caller, call->now, &principal, err) < 0)
        return -1;
    if (principal.is_superuser == was_superuser)
        return 0;
    *place_of_guess(&params->credential) = principal.is_superuser ? params->credential : (struct id){{0}};
    return query_list(call, params, principal.is_superuser, rows, err);
}

int org_list(const struct org_call *call, const struct org_filter *filter, struct org_page *out, struct error *err)
{
    struct org_list_params params = {
        .credential = call->credential->id,
        .owner_id = filter->owner_id,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more tells whether there is a next page */
    };
    bool after_tells_time = id_time(&filter->after, &params.after_time);
    bool is_superuser = id_equal(place_of_guess(&params.credential), &params.credential);
    struct org_list_row caller = {.after_is_known = false};
    struct principal principal;
    struct org_list_row *rows;
    int64_t count;

    if (filter->name.data != NULL)
        params.name_key = text_fold(call->arena, filter->name);
    if (filter->owner_username.data != NULL)
        params.owner_key = text_fold(call->arena, filter->owner_username);
    count = query_list(call, &params, is_superuser, &rows, err);
    if (count == 0)
        count = look_again(call, &params, is_superuser, &caller, &rows, err);
    if (count < 0)
        return -1;
    if (count > 0)
        caller = rows[0];
    if (caller_accept(call->credential, &caller.caller, call->now, &principal, err) < 0)
        return -1;
    if (!id_is_nil(&filter->after) && !caller.after_is_known && !after_tells_time)
        return org_not_found(err);
    fill_page(call, rows, count, filter->limit, out);
    return filter->include_total ? count_all(call, &params, out, err) : 0;
}
