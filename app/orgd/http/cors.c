#include "cors.h"

#include <string.h>
#include <strings.h>

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

static bool is_listed(const struct exchange *exchange, const char *origin)
{
    return text_has_word(exchange->service->config->cors_origins, origin);
}

static const char *allowed_origin(const struct exchange *exchange)
{
    const char *origin = http_request_variable(exchange->request, "HTTP_ORIGIN");

    if (is_public(exchange))
        return "*";
    return origin != NULL && is_listed(exchange, origin) ? origin : NULL;
}

/* True if the origin is that of public_url, which may have a path. */
static bool is_our_own(const struct exchange *exchange, const char *origin)
{
    const char *url = exchange->service->config->public_url;
    size_t length = (size_t)(strchr(url, '/') - url) + 2; /* the scheme and "//" */

    length += strcspn(url + length, "/");
    return strncasecmp(url, origin, length) == 0 && origin[length] == '\0';
}

/* A browser sends Origin with every POST, and Sec-Fetch-Site to hosts that it trusts; no page can forge them. Others
 * send neither. */
int cors_check_client(const struct exchange *exchange, struct error *err)
{
    const char *origin = http_request_variable(exchange->request, "HTTP_ORIGIN");
    const char *site = http_request_variable(exchange->request, "HTTP_SEC_FETCH_SITE");
    bool is_ours = origin == NULL || is_listed(exchange, origin) || is_our_own(exchange, origin);

    if (exchange->route->access != ROUTE_FOR_CLIENTS || (site != NULL && strcmp(site, "same-origin") == 0))
        return 0;
    if (is_ours && (origin != NULL || site == NULL || strcmp(site, "cross-site") != 0))
        return 0;
    return error_set(err, ERR_FORBIDDEN,
                     "A page of an origin that is not in cors_origins made the browser send this; nothing was done.");
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
