#include "resource.h"

#include "web/body.h"

int resource_read_body(const struct exchange *exchange, json_t **out, struct error *err)
{
    return body_parse(exchange->service->arena, exchange->body, &exchange->service->faults, out, err);
}

void resource_read_id(const struct exchange *exchange, size_t parameter, const char *name, struct id *out)
{
    json_t *shown;

    if (id_parse(exchange->parameters[parameter], out))
        return;
    shown = faults_input(exchange->parameters[parameter]);
    faults_add(&exchange->service->faults, "uuid_parsing", LOCATION_IN(LOCATION("path"), name),
               "Input should be a valid UUID, 32 hexadecimal digits with or without hyphens", shown,
               "{\"error\":\"32 hexadecimal digits expected\"}");
    json_decref(shown);
}

static bool is_listed(const char *etag, const void *if_match)
{
    return http_etag_matches(if_match, etag, HTTP_IF_MATCH);
}

struct precondition resource_precondition(const struct exchange *exchange)
{
    const char *if_match = http_request_variable(exchange->request, "HTTP_IF_MATCH");

    return (struct precondition){.holds = if_match == NULL ? NULL : is_listed, .context = if_match};
}

void resource_add_etag(struct exchange *exchange, const char *etag)
{
    http_response_header(exchange->response, "ETag", "%s", etag);
    http_response_not_modified(exchange->response, exchange->request, etag);
}
