#include "base/arena.h"
#include "domain/organizations/role.h"
#include "http/handlers.h"
#include "http/resource.h"

static void answer(struct exchange *exchange, const struct any_role *role)
{
    char etag[ROLE_ETAG_SIZE];

    role_write_json(&exchange->response->body, role);
    role_etag(role, etag);
    resource_add_etag(exchange, etag);
}

int handle_list_roles(struct exchange *exchange, struct error *err)
{
    struct id organization_id = {{0}};
    char text[ID_TEXT_SIZE];
    struct role_filter filter;
    struct page page;

    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (role_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        role_list(&exchange->call, &organization_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&organization_id, text);
    resource_add_page(exchange, role_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/organizations/%s/roles", text), &page);
    return 0;
}

static void answer_creation(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct any_role *role = result;
    char etag[ROLE_ETAG_SIZE];
    char id[ID_TEXT_SIZE];

    id_format(&role->id, id);
    role_etag(role, etag);
    http_response_header(out, "Content-Location", "%s/roles/%s", exchange->service->config->public_url, id);
    http_response_header(out, "ETag", "%s", etag);
    role_write_json(&out->body, role);
}

int handle_create_role(struct exchange *exchange, struct error *err)
{
    struct role_input input;
    struct any_role role;
    json_t *body;

    exchange->idempotency.answer = answer_creation;
    if (resource_read_body(exchange, &body, err) < 0 || role_input_for_create(&exchange->call, body, &input, err) < 0 ||
        role_create(&exchange->call, &input, &role, err) < 0)
        return -1;
    answer_creation(exchange, exchange->response, &role);
    return 0;
}

int handle_get_role(struct exchange *exchange, struct error *err)
{
    struct any_role role;
    struct id id = {{0}};

    resource_read_id(exchange, 0, "role_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 || role_get(&exchange->call, &id, &role, err) < 0)
        return -1;
    answer(exchange, &role);
    return 0;
}

int handle_update_role(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct role_input input;
    struct any_role role;
    struct id id = {{0}};
    json_t *body;

    resource_read_id(exchange, 0, "role_id", &id);
    if (resource_read_body(exchange, &body, err) < 0 || role_input_for_update(&exchange->call, body, &input, err) < 0 ||
        role_update(&exchange->call, &id, &input, &precondition, &role, err) < 0)
        return -1;
    answer(exchange, &role);
    return 0;
}

int handle_delete_role(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id id = {{0}};
    bool force;

    resource_read_id(exchange, 0, "role_id", &id);
    if (role_force_from_query(&exchange->call, &exchange->request->query, &force, err) < 0 ||
        role_delete(&exchange->call, &id, force, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
