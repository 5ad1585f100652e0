#include "resource.h"

#include "web/body.h"

int resource_read_body(const struct exchange *exchange, json_t **out, struct error *err)
{
    return body_parse(exchange->service->arena, exchange->body, &exchange->service->faults, out, err);
}

void resource_read_id(const struct exchange *exchange, size_t parameter, const char *name, struct id *out)
{
    json_t *shown;

    if (id_parse(exchange->parameters[parameter], out)) {
        if (id_is_nil(out))
            *out = id_new(timestamp_now()); /* nil means "none" elsewhere; nothing has this one, either */
        return;
    }
    shown = faults_input(exchange->parameters[parameter]);
    faults_add(&exchange->service->faults, "uuid_parsing", LOCATION_IN(LOCATION("path"), name),
               "Input should be a valid UUID, 32 hexadecimal digits with or without hyphens", shown,
               "{\"error\":\"32 hexadecimal digits expected\"}");
    json_decref(shown);
}

static bool is_as_asked(const char *etag, const void *context)
{
    const struct http_request *request = context;
    const char *wanted = http_request_variable(request, "HTTP_IF_MATCH");
    const char *unwanted = http_request_variable(request, "HTTP_IF_NONE_MATCH");

    return (wanted == NULL || http_etag_matches(wanted, etag, HTTP_IF_MATCH)) &&
           (unwanted == NULL || !http_etag_matches(unwanted, etag, HTTP_IF_NONE_MATCH_TO_WRITE));
}

struct precondition resource_precondition(const struct exchange *exchange)
{
    return (struct precondition){.holds = is_as_asked, .context = exchange->request};
}

void resource_add_etag(struct exchange *exchange, const char *etag)
{
    http_response_header(exchange->response, "ETag", "%s", etag);
    http_response_not_modified(exchange->response, exchange->request, etag);
}

void resource_add_page(const struct exchange *exchange, const struct field *table, const void *filter, const char *path,
                       const struct page *page)
{
    if (page->has_more)
        paging_add_next_link(exchange->response, exchange->request, table, filter, path, &page->last);
    if (page->total >= 0)
        paging_add_total(exchange->response, page->total);
}
