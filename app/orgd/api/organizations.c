#include "domain/organizations/organization.h"
#include "http/handlers.h"
#include "http/resource.h"
#include "web/paging.h"

static void answer(struct exchange *exchange, const struct organization *organization, bool include_subscription_status)
{
    char etag[ORGANIZATION_ETAG_SIZE];

    organization_write_json(&exchange->response->body, organization, include_subscription_status, exchange->call.now);
    organization_etag(organization, include_subscription_status, exchange->call.now, etag);
    resource_add_etag(exchange, etag);
}

int handle_list_organizations(struct exchange *exchange, struct error *err)
{
    struct organization_filter filter;
    struct organization_page page;

    if (organization_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        organization_list(&exchange->call, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    if (page.has_more)
        paging_add_next_link_behind(exchange->response, exchange->request, organization_list_fields, &filter,
                                    "/organizations", page.next);
    if (filter.include_total)
        paging_add_total(exchange->response, page.total);
    return 0;
}

static void answer_creation(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct organization *organization = result;
    char etag[ORGANIZATION_ETAG_SIZE];
    char id[ID_TEXT_SIZE];

    id_format(&organization->id, id);
    organization_etag(organization, false, exchange->call.now, etag);
    http_response_header(out, "Content-Location", "%s/organizations/%s", exchange->service->config->public_url, id);
    http_response_header(out, "ETag", "%s", etag);
    organization_write_json(&out->body, organization, false, exchange->call.now);
}

int handle_create_organization(struct exchange *exchange, struct error *err)
{
    struct organization organization;
    struct organization_input input;
    json_t *body;

    exchange->idempotency.answer = answer_creation;
    if (resource_read_body(exchange, &body, err) < 0 ||
        organization_input_for_create(&exchange->call, body, &input, err) < 0 ||
        organization_create(&exchange->call, &input, &organization, err) < 0)
        return -1;
    answer_creation(exchange, exchange->response, &organization);
    return 0;
}

int handle_get_organization(struct exchange *exchange, struct error *err)
{
    struct organization organization;
    bool include_subscription_status;

    if (organization_include_from_query(&exchange->call, &exchange->request->query, &include_subscription_status, err) <
            0 ||
        organization_get(&exchange->call, exchange->parameters[0], &include_subscription_status, &organization, err) <
            0)
        return -1;
    answer(exchange, &organization, include_subscription_status);
    return 0;
}

int handle_update_organization(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct organization organization;
    struct organization_input input;
    struct id id = {{0}};
    json_t *body;

    resource_read_id(exchange, 0, "organization_id", &id);
    if (resource_read_body(exchange, &body, err) < 0 ||
        organization_input_for_update(&exchange->call, body, &input, err) < 0 ||
        organization_update(&exchange->call, &id, &input, &precondition, &organization, err) < 0)
        return -1;
    answer(exchange, &organization, false);
    return 0;
}

int handle_delete_organization(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id id = {{0}};

    resource_read_id(exchange, 0, "organization_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 ||
        organization_delete(&exchange->call, &id, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
