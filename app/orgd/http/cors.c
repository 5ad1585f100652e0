#include "cors.h"

#include "base/text.h"

static const char *allowed_origin(const struct exchange *exchange)
{
    const char *origin = http_request_variable(exchange->request, "HTTP_ORIGIN");

    return origin != NULL && text_has_word(exchange->service->config->cors_origins, origin) ? origin : NULL;
}

void cors_add_headers(const struct exchange *exchange)
{
    const char *origin = allowed_origin(exchange);

    if (exchange->is_for_people)
        return;
    if (exchange->service->config->cors_origins[0] != '\0')
        http_response_header(exchange->response, "Vary", "Origin");
    if (origin == NULL)
        return;
    http_response_header(exchange->response, "Access-Control-Allow-Origin", "%s", origin);
    http_response_header(exchange->response, "Access-Control-Expose-Headers",
                         "ETag, Link, Location, X-Request-Id, X-Total-Count");
}

void cors_answer_preflight(const struct exchange *exchange, const char *methods)
{
    struct http_response *response = exchange->response;

    if (exchange->is_for_people || allowed_origin(exchange) == NULL ||
        http_request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD") == NULL)
        return;
    http_response_header(response, "Access-Control-Allow-Methods", "%s", methods);
    http_response_header(response, "Access-Control-Allow-Headers",
                         "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id");
    http_response_header(response, "Access-Control-Max-Age", "600");
}
