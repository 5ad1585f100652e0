#include "cors.h"

#include "base/text.h"
#include "routes.h"

#define EXPOSED                                                                                                        \
    "Accept-Patch, Allow, Content-Location, ETag, Idempotency-Replayed, Link, Location, Retry-After, "                 \
    "WWW-Authenticate, X-Request-Id, X-Total-Count"
#define ALLOWED                                                                                                        \
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, X-Requested-With, "          \
    "traceparent, tracestate"

/* Pages are for no scripts. But nothing of a page is in a 405 to a method that the path does not take. */
static bool is_page(const struct exchange *exchange)
{
    return exchange->route != NULL && exchange->is_for_people;
}

static bool is_public(const struct exchange *exchange)
{
    return exchange->path_routes != NULL && exchange->path_routes->is_public;
}

static const char *allowed_origin(const struct exchange *exchange)
{
    const char *origin = http_request_variable(exchange->request, "HTTP_ORIGIN");

    if (is_public(exchange))
        return "*";
    return origin != NULL && text_has_word(exchange->service->config->cors_origins, origin) ? origin : NULL;
}

void cors_add_headers(const struct exchange *exchange)
{
    const char *origin = allowed_origin(exchange);

    if (is_page(exchange))
        return;
    if (exchange->service->config->cors_origins[0] != '\0' && !is_public(exchange))
        http_response_header(exchange->response, "Vary", "Origin");
    if (origin == NULL)
        return;
    http_response_header(exchange->response, "Access-Control-Allow-Origin", "%s", origin);
    http_response_header(exchange->response, "Access-Control-Expose-Headers", EXPOSED);
}

void cors_answer_preflight(const struct exchange *exchange, const char *methods)
{
    struct http_response *response = exchange->response;

    if (exchange->is_for_people || allowed_origin(exchange) == NULL ||
        http_request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD") == NULL)
        return;
    http_response_header(response, "Access-Control-Allow-Methods", "%s", methods);
    http_response_header(response, "Access-Control-Allow-Headers", ALLOWED);
    http_response_header(response, "Access-Control-Max-Age", "600");
}
