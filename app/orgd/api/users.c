#include "domain/accounts/user.h"
#include "http/handlers.h"
#include "http/resource.h"
#include "web/paging.h"

int handle_whoami(struct exchange *exchange, struct error *err)
{
    struct account account;

    if (user_get_self(&exchange->call, &account, err) < 0)
        return -1;
    fields_write_json(&exchange->response->body, user_me_model.fields, &account);
    return 0;
}

int handle_list_users(struct exchange *exchange, struct error *err)
{
    struct user_filter filter;
    struct user_page page;

    if (user_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        user_list(&exchange->call, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    if (page.has_more)
        paging_add_next_link(exchange->response, exchange->request, user_list_fields, &filter, "/users", &page.last);
    if (filter.include_total)
        paging_add_total(exchange->response, page.total);
    return 0;
}

static void answer(struct exchange *exchange, const struct account *account)
{
    char etag[USER_ETAG_SIZE];

    user_etag(account, etag);
    fields_write_json(&exchange->response->body, user_model.fields, account);
    resource_add_etag(exchange, etag);
}

int handle_get_user(struct exchange *exchange, struct error *err)
{
    struct account account;
    struct id id = {{0}};

    resource_read_id(exchange, 0, "user_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 || user_get(&exchange->call, &id, &account, err) < 0)
        return -1;
    answer(exchange, &account);
    return 0;
}
