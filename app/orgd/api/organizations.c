#include <string.h>

#include "domain/organizations/organization.h"
#include "http/handlers.h"
#include "web/body.h"

static int parse_body(const struct exchange *exchange, json_t **out, struct error *err)
{
    return body_parse(exchange->service->arena, exchange->body, &exchange->service->faults, out, err);
}

static void answer(struct exchange *exchange, const struct organization *organization, bool include_subscription_status)
{
    char etag[ORG_ETAG_SIZE];

    org_write_json(&exchange->response->body, organization, include_subscription_status, exchange->call.now);
    org_etag(organization, include_subscription_status, exchange->call.now, etag);
    http_response_header(exchange->response, "ETag", "%s", etag);
    http_response_not_modified(exchange->response, exchange->request, etag);
}

/* If-Match, as a condition the domain can ask inside its transaction. What a client got with the subscription status
 * has a tag of its own, but a change is only about the organization. */
static bool matches(const struct organization *current, const void *context)
{
    char etag[ORG_ETAG_SIZE];

    org_etag(current, false, (struct timestamp){0}, etag);
    return http_etag_matches(context, etag, HTTP_IF_MATCH);
}

static struct org_precondition read_precondition(const struct exchange *exchange)
{
    const char *if_match = http_request_variable(exchange->request, "HTTP_IF_MATCH");

    return (struct org_precondition){.holds = if_match == NULL ? NULL : matches, .context = if_match};
}

/* PATCH and DELETE share their path with GET, but take an id only. Adds a fault for anything else. */
static void read_id(const struct exchange *exchange, struct id *out)
{
    json_t *shown;

    if (id_parse(exchange->parameters[0], out))
        return;
    shown = faults_input(exchange->parameters[0]);
    faults_add(&exchange->service->faults, "uuid_parsing", LOCATION_IN(LOCATION("path"), "organization_id"),
               "Input should be a valid UUID, 32 hexadecimal digits with or without hyphens", shown,
               "{\"error\":\"32 hexadecimal digits expected\"}");
    json_decref(shown);
}

static bool is_kept_in_link(const char *name)
{
    static const char *const kept[] = {"name",           "limit",         "owner_id",
                                       "owner_username", "include_total", "include_subscription_status"};

    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

/* Link: the next page, with the same filters (RFC 8288). Filters that found something are short enough for a header. */
static void add_next_link(const struct exchange *exchange, const struct org_page *page)
{
    const struct urlencoded *query = &exchange->request->query;
    char last[ID_TEXT_SIZE];
    struct buf link;

    id_format(&page->last, last);
    buf_init(&link, 4096);
    buf_printf(&link, "%s/organizations?after=%s", exchange->request->mount, last);
    for (size_t i = 0; i < query->count; i++) {
        if (!is_kept_in_link(query->pairs[i].name.data))
            continue;
        buf_add_char(&link, '&');
        urlencoded_add(&link, query->pairs[i].name);
        buf_add_char(&link, '=');
        urlencoded_add(&link, query->pairs[i].value);
    }
    if (!link.overflowed)
        http_response_header(exchange->response, "Link", "<%s>; rel=\"next\"", link.data);
    buf_release(&link);
}

int handle_list_organizations(struct exchange *exchange, struct error *err)
{
    struct org_filter filter;
    struct org_page page;

    if (org_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        org_list(&exchange->call, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    if (page.has_more)
        add_next_link(exchange, &page);
    if (filter.include_total)
        http_response_header(exchange->response, "X-Total-Count", "%lld", (long long)page.total);
    return 0;
}

int handle_create_organization(struct exchange *exchange, struct error *err)
{
    struct organization organization;
    struct org_input input;
    char id[ID_TEXT_SIZE];
    json_t *body;

    if (parse_body(exchange, &body, err) < 0 || org_input_for_create(&exchange->call, body, &input, err) < 0 ||
        org_create(&exchange->call, &input, &organization, err) < 0)
        return -1;
    id_format(&organization.id, id);
    http_response_header(exchange->response, "Location", "%s/organizations/%s", exchange->request->mount, id);
    answer(exchange, &organization, false);
    return 0;
}

int handle_get_organization(struct exchange *exchange, struct error *err)
{
    struct organization organization;
    bool include_subscription_status;

    if (org_include_from_query(&exchange->call, &exchange->request->query, &include_subscription_status, err) < 0 ||
        org_get(&exchange->call, exchange->parameters[0], &organization, err) < 0)
        return -1;
    answer(exchange, &organization, include_subscription_status);
    return 0;
}

int handle_update_organization(struct exchange *exchange, struct error *err)
{
    struct org_precondition precondition = read_precondition(exchange);
    struct organization organization;
    struct org_input input;
    struct id id = {{0}};
    json_t *body;

    read_id(exchange, &id);
    if (parse_body(exchange, &body, err) < 0 || org_input_for_update(&exchange->call, body, &input, err) < 0 ||
        org_update(&exchange->call, &id, &input, &precondition, &organization, err) < 0)
        return -1;
    answer(exchange, &organization, false);
    return 0;
}

int handle_delete_organization(struct exchange *exchange, struct error *err)
{
    struct org_precondition precondition = read_precondition(exchange);
    struct id id = {{0}};

    read_id(exchange, &id);
    if (faults_result(&exchange->service->faults, err) < 0 || org_delete(&exchange->call, &id, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
