#include "domain/accounts/user.h"
#include "http/handlers.h"
#include "http/resource.h"

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
    struct page page;

    if (user_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        user_list(&exchange->call, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    resource_add_page(exchange, user_list_fields, &filter, "/users", &page);
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

static void answer_creation(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct account *account = result;
    char etag[USER_ETAG_SIZE];
    char id[ID_TEXT_SIZE];

    id_format(&account->id, id);
    user_etag(account, etag);
    http_response_header(out, "Content-Location", "%s/users/%s", exchange->service->config->public_url, id);
    http_response_header(out, "ETag", "%s", etag);
    fields_write_json(&out->body, user_model.fields, account);
}

int handle_create_user(struct exchange *exchange, struct error *err)
{
    struct account_change input;
    struct account account;
    json_t *body;

    exchange->idempotency.answer = answer_creation;
    if (resource_read_body(exchange, &body, err) < 0 || user_input_for_create(&exchange->call, body, &input, err) < 0 ||
        user_create(&exchange->call, &input, &account, err) < 0)
        return -1;
    answer_creation(exchange, exchange->response, &account);
    return 0;
}

int handle_update_user(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct account_change change;
    struct account account;
    struct id id = {{0}};
    json_t *body;

    resource_read_id(exchange, 0, "user_id", &id);
    if (resource_read_body(exchange, &body, err) < 0 ||
        user_input_for_update(&exchange->call, body, &change, err) < 0 ||
        user_update(&exchange->call, &id, &change, &precondition, &account, err) < 0)
        return -1;
    answer(exchange, &account);
    return 0;
}

int handle_delete_user(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id id = {{0}};

    resource_read_id(exchange, 0, "user_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 || user_delete(&exchange->call, &id, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
