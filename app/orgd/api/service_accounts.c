#include "base/arena.h"
#include "domain/accounts/user.h"
#include "domain/organizations/service_account.h"
#include "http/handlers.h"
#include "http/resource.h"

static struct id read_organization_id(struct exchange *exchange)
{
    struct id id = {{0}};

    resource_read_id(exchange, 0, "organization_id", &id);
    return id;
}

static void answer(struct exchange *exchange, const struct account *account)
{
    char etag[USER_ETAG_SIZE];

    user_etag(account, etag);
    fields_write_json(&exchange->response->body, user_service_account_model.fields, account);
    resource_add_etag(exchange, etag);
}

int handle_list_service_accounts(struct exchange *exchange, struct error *err)
{
    struct id organization_id = read_organization_id(exchange);
    struct service_account_filter filter;
    char text[ID_TEXT_SIZE];
    struct page page;

    if (service_account_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        service_account_list(&exchange->call, &organization_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&organization_id, text);
    resource_add_page(exchange, service_account_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/organizations/%s/service_accounts", text), &page);
    return 0;
}

static void answer_creation(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct account *account = result;
    char organization_id[ID_TEXT_SIZE];
    char etag[USER_ETAG_SIZE];
    char id[ID_TEXT_SIZE];

    id_format(&account->organization_id, organization_id);
    id_format(&account->id, id);
    user_etag(account, etag);
    http_response_header(out, "Content-Location", "%s/organizations/%s/service_accounts/%s",
                         exchange->service->config->public_url, organization_id, id);
    http_response_header(out, "ETag", "%s", etag);
    fields_write_json(&out->body, user_service_account_model.fields, account);
}

int handle_create_service_account(struct exchange *exchange, struct error *err)
{
    struct id organization_id = read_organization_id(exchange);
    struct service_account_input input;
    struct account account;
    json_t *body;

    exchange->idempotency.answer = answer_creation;
    if (resource_read_body(exchange, &body, err) < 0 ||
        service_account_input_for_create(&exchange->call, body, &input, err) < 0 ||
        service_account_create(&exchange->call, &organization_id, &input, &account, err) < 0)
        return -1;
    answer_creation(exchange, exchange->response, &account);
    return 0;
}

int handle_get_service_account(struct exchange *exchange, struct error *err)
{
    struct id organization_id = read_organization_id(exchange);
    struct account account;

    if (faults_result(&exchange->service->faults, err) < 0 ||
        service_account_get(&exchange->call, &organization_id, exchange->parameters[1], &account, err) < 0)
        return -1;
    answer(exchange, &account);
    return 0;
}

int handle_update_service_account(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id organization_id = read_organization_id(exchange);
    struct service_account_input input;
    struct account account;
    json_t *body;

    if (resource_read_body(exchange, &body, err) < 0 ||
        service_account_input_for_update(&exchange->call, body, &input, err) < 0 ||
        service_account_update(&exchange->call, &organization_id, exchange->parameters[1], &input, &precondition,
                               &account, err) < 0)
        return -1;
    answer(exchange, &account);
    return 0;
}

int handle_delete_service_account(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id organization_id = read_organization_id(exchange);

    if (faults_result(&exchange->service->faults, err) < 0 ||
        service_account_delete(&exchange->call, &organization_id, exchange->parameters[1], &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
