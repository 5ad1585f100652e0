#include "service_account.h"

#include "domain/accounts/user.h"
#include "domain/name.h"
#include "service_account_private.h"

int service_account_see(const struct call *call, const struct id *organization_id, struct text id_or_username,
                        enum permission permission, struct service_account_seen *out, struct error *err)
{
    struct service_account_params params = {.caller = call->caller.credential, .organization_id = *organization_id};
    const struct db_statement *statement = access_is_operator(call)
                                               ? &service_account_sql_see_as_operator
                                               : caller_statement(service_account_sql_see, &params.caller);
    struct service_account_row row;
    int found;

    if (!id_parse(id_or_username, &params.service_account_id))
        params.name_key = name_key(call->arena, id_or_username);
    found = db_query_one(call->db, statement, &params, call->arena, &row, err);
    if (found < 0 || access_judge(call, found == 0 ? NULL : &row.access, permission, &out->access, err) < 0)
        return -1;
    if (id_is_nil(&row.account.id))
        return error_set(err, ERR_NOT_FOUND, "There is no such service account in this organization.");
    out->account = row.account;
    out->mask = row.mask;
    return 0;
}

int service_account_get(const struct call *call, const struct id *organization_id, struct text id_or_username,
                        struct account *out, struct error *err)
{
    struct service_account_seen seen;

    if (service_account_see(call, organization_id, id_or_username, PERMISSION_SERVICE_ACCOUNT_READ, &seen, err) < 0)
        return -1;
    *out = seen.account;
    return 0;
}

/* Lists */

static void write_row(const struct listing *listing, const void *passing)
{
    const struct service_account_list_row *row = passing;

    fields_write_json(listing->out, user_service_account_model.fields, &row->account);
}

int service_account_list(const struct call *call, const struct id *organization_id,
                         const struct service_account_filter *filter, struct buf *out, struct page *page,
                         struct error *err)
{
    const struct service_account_list_params params = {
        .caller = call->caller.credential,
        .organization_id = *organization_id,
        .name_key = filter->name_key,
        .search = filter->search,
        .search_key = filter->search_key,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_SERVICE_ACCOUNT_READ,
        .limit = filter->limit,
        .write = write_row,
        .out = out,
    };

    if (listing_run(&listing, service_account_sql_list, &params, err) < 0)
        return -1;
    if (listing_count(&listing, filter->include_total, &service_account_sql_count, &params, err) < 0)
        return -1;
    *page = listing.page;
    return 0;
}
