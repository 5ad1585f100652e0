#include "dispatch.h"

#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "browser.h"
#include "cors.h"
#include "domain/access/access.h"
#include "domain/access/idempotency.h"
#include "domain/credentials/bearer.h"
#include "idempotency_key.h"
#include "match.h"
#include "problem.h"
#include "process/counters.h"
#include "request_metrics.h"
#include "routes.h"
#include "stream.h"
#include "web/body.h"

#define METHODS_BYTES_MAX 256
#define REPETITIONS_MAX 3
#define JSON_MEDIA_TYPE "application/json"
#define FORM_MEDIA_TYPE "application/x-www-form-urlencoded"

/* Answers a method that no route of this path has: OPTIONS, or 405 for all others. */
static int answer_methods(struct exchange *exchange, struct error *err)
{
    CLEANUP(buf_release) struct buf methods;

    buf_init(&methods, METHODS_BYTES_MAX);
    match_list_methods(exchange, &methods);
    http_response_header(exchange->response, "Allow", "%s", methods.data);
    if (match_takes(exchange, HTTP_PATCH))
        http_response_header(exchange->response, "Accept-Patch", JSON_MEDIA_TYPE);
    if (exchange->request->method != HTTP_OPTIONS)
        return error_set(err, ERR_METHOD, "This path takes only %s.", methods.data);
    exchange->response->status = 204;
    cors_answer_preflight(exchange, methods.data);
    return 0;
}

/* What OAuth's endpoints answer is never kept (RFC 6749, 5.1). */
static const char *cache_control_without_route(const struct exchange *exchange)
{
    return exchange->path_routes != NULL && exchange->path_routes->access == ROUTE_FOR_CLIENTS
               ? exchange->path_routes->cache_control
               : "private, no-cache";
}

static int answer_without_route(struct exchange *exchange, struct error *err)
{
    http_response_header(exchange->response, "Cache-Control", "%s", cache_control_without_route(exchange));
    if (exchange->path_routes == NULL)
        return error_set(err, ERR_NOT_FOUND, "There is nothing at this path.");
    return answer_methods(exchange, err);
}

/* Body and credential */

/* Forms are those of clients and of pages, which know how long they get. */
static size_t body_maximum(const struct exchange *exchange)
{
    size_t maximum = (size_t)exchange->service->config->max_body;

    return exchange->route->body == ROUTE_JSON_BODY || maximum < URLENCODED_FORM_BYTES_MAX ? maximum
                                                                                           : URLENCODED_FORM_BYTES_MAX;
}

static int read_body(struct exchange *exchange, struct error *err)
{
    static const char *const media_types[] = {
        [ROUTE_JSON_BODY] = JSON_MEDIA_TYPE,
        [ROUTE_FORM_BODY] = FORM_MEDIA_TYPE,
        [ROUTE_REQUEST_OR_DECISION_BODY] = FORM_MEDIA_TYPE,
        [ROUTE_SIGN_IN_BODY] = FORM_MEDIA_TYPE,
    };
    enum route_body kind = exchange->route->body;
    int result;

    if (kind == ROUTE_NO_BODY)
        return 0;
    if (!http_request_has_media_type(exchange->request, media_types[kind]))
        return error_set(err, ERR_MEDIA_TYPE, "Send the body as Content-Type: %s.", media_types[kind]);
    if (http_request_is_encoded(exchange->request))
        return error_set(err, ERR_MEDIA_TYPE, "Send the body as it is, without Content-Encoding.");
    result = http_request_read_body(exchange->request, body_maximum(exchange), &exchange->body, err);
    if (result < 0 && err->kind == ERR_VALIDATION && kind == ROUTE_JSON_BODY)
        body_fault(&exchange->service->faults, 0, err->message);
    else if (result < 0 && err->kind == ERR_VALIDATION)
        err->kind = ERR_INVALID_REQUEST;
    if (result == 0 && kind != ROUTE_JSON_BODY)
        exchange->form = urlencoded_parse(exchange->call.arena, exchange->body);
    return result;
}

/* No other site can make a browser do anything here by a form of its own. */
static int check_form(const struct exchange *exchange, struct error *err)
{
    const struct route *route = exchange->route;

    if (route->access != ROUTE_FOR_PEOPLE || route->body == ROUTE_NO_BODY || route->body == ROUTE_SIGN_IN_BODY)
        return 0;
    if (route->body == ROUTE_REQUEST_OR_DECISION_BODY && !browser_has_decided(exchange))
        return 0;
    return browser_check_form(exchange, err);
}

static int read_credential(struct exchange *exchange, struct error *err)
{
    const struct service *service = exchange->service;
    const struct bearer_trust trust = {service->keys, &service->terms, service->issuers};

    if (!route_is_for_callers(exchange->route))
        return 0;
    exchange->call.caller.kind = CALLER_BEARER;
    return bearer_read(&exchange->call, &trust, http_request_authorization(exchange->request),
                       &exchange->call.caller.credential, err);
}

/* An application that a person has let in gets no way in of its own. Whose token counts no more learns that first. */
static int check_grant(const struct exchange *exchange, struct error *err)
{
    struct principal principal;

    if (!exchange->route->refuses_grants || exchange->call.caller.credential.kind != CREDENTIAL_OF_GRANT)
        return 0;
    if (access_identify(&exchange->call, &principal, err) < 0)
        return -1;
    return error_set(err, ERR_FORBIDDEN, "An application that a person has let in may not do this.");
}

/* Refuses a token in the URL beside one in the header, which makes the request ambiguous (RFC 6750, 2 and 3.1; RFC
 * 9700, 4.3.2). Alone it is ignored, because URLs get into logs and histories. */
static int check_second_token(const struct exchange *exchange, struct error *err)
{
    size_t count;

    if (!route_is_for_callers(exchange->route))
        return 0;
    urlencoded_find(&exchange->request->query, "access_token", &count);
    if (count == 0 || !bearer_is_sent(http_request_authorization(exchange->request)))
        return 0;
    return error_set(err, ERR_INVALID_REQUEST, "Send the credential only in the Authorization header.");
}

/* Answers 401 instead of the input's faults if the credential is not valid: strangers learn nothing about the input. A
 * body that cannot be read is found before the credential is. */
static void prefer_unauthorized(struct exchange *exchange, struct error *err)
{
    struct error other;
    struct principal principal;

    if (!route_is_for_callers(exchange->route) || err->kind != ERR_VALIDATION)
        return;
    if ((exchange->call.caller.kind == CALLER_NOBODY && read_credential(exchange, &other) < 0) ||
        access_identify(&exchange->call, &principal, &other) < 0)
        *err = other;
}

/* Only who reads may be told to come again: a request that writes has been done, and its answer is small. */
static int check_size(const struct exchange *exchange, struct error *err)
{
    if (exchange->request->method == HTTP_GET && exchange->stream == NULL &&
        exchange->response->body.length > exchange->service->answer_maximum) {
        counters_add(COUNTER_ANSWERS_REFUSED, 1);
        error_set(err, ERR_TOO_MANY, "Too many large answers wait for readers that are slow; try again later.");
        return error_retry_after(err, 1);
    }
    if (!exchange->response->body.overflowed)
        return 0;
    return error_set(err, ERR_INTERNAL, "The answer is too large for this service; ask for less at a time.");
}

static int check_query(const struct exchange *exchange, struct error *err)
{
    struct faults *faults = &exchange->service->faults;

    if (!exchange->request->query.has_too_many || exchange->route->access == ROUTE_FOR_CLIENTS)
        return 0; /* clients may not send a query at all (client_auth.h) */
    faults_add(faults, "too_long", LOCATION("query"),
               arena_printf(exchange->service->arena, "Query should have at most %d parameters", URLENCODED_PAIRS_MAX),
               NULL, arena_printf(exchange->service->arena, "{\"max_length\":%d}", URLENCODED_PAIRS_MAX));
    return faults_result(faults, err);
}

/* Replaces a result that was made while memory ran out, and a verdict on the input too. A refused request has changed
 * nothing, so the client may repeat it; a request that was answered may have changed something. */
static int check_memory(const struct exchange *exchange, int result, struct error *err)
{
    bool is_reading = exchange->request->method == HTTP_GET || exchange->request->method == HTTP_HEAD;

    if (!memory_has_run_out() || (result < 0 && error_status(err->kind) >= 500))
        return result;
    if (result < 0 || is_reading)
        return memory_ran_out(err);
    return error_set(err, ERR_INTERNAL,
                     N_("The server ran out of memory; read it again to see whether this was done."));
}

/* Does it, or finds the answer that the client has had already. What was kept for too long is forgotten, and then it is
 * done; but not for ever, since others may do it at the same time. */
static int handle_once(struct exchange *exchange, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        int found;

        if (exchange->route->handle(exchange, err) == 0)
            return 0;
        found = idempotency_recall(&exchange->call, exchange->response, err);
        if (found > 0)
            counters_add(COUNTER_REPLAYS, 1);
        if (found != 0)
            return found > 0 ? 0 : -1;
        if (attempt == REPETITIONS_MAX)
            return error_set(err, ERR_UNAVAILABLE, "This is being done by others at the same time; try again.");
    }
}

static int take_steps(struct exchange *exchange, struct error *err)
{
    if (read_body(exchange, err) < 0 || read_credential(exchange, err) < 0 || check_grant(exchange, err) < 0 ||
        check_query(exchange, err) < 0 || check_form(exchange, err) < 0 || idempotency_key_read(exchange, err) < 0)
        return -1;
    return handle_once(exchange, err);
}

static int handle(struct exchange *exchange, struct error *err)
{
    int result = check_memory(exchange, take_steps(exchange, err), err);

    return result < 0 ? -1 : check_size(exchange, err);
}

/* Whoever reaches the socket could claim any address of a client. */
static int check_gateway(struct exchange *exchange, struct error *err)
{
    const char *sent = http_request_variable(exchange->request, CONFIG_GATEWAY_VARIABLE);
    struct digest digest;

    if (exchange->service->config->gateway_secret[0] == '\0')
        return 0;
    digest = digest_of(sent, sent == NULL ? 0 : strlen(sent));
    if (digest_equal(&digest, &exchange->service->gateway_digest))
        return 0;
    http_response_header(exchange->response, "Cache-Control", "no-store");
    return error_set(err, ERR_FORBIDDEN,
                     N_("This did not come through the web server of this service. Who operates it: let the web server "
                        "send the gateway_secret."));
}

static int serve(struct exchange *exchange, struct error *err)
{
    if (check_gateway(exchange, err) < 0)
        return -1;
    if (exchange->route == NULL)
        return answer_without_route(exchange, err);
    http_response_header(exchange->response, "Cache-Control", "%s", exchange->route->cache_control);
    if (cors_check_client(exchange, err) < 0 || check_second_token(exchange, err) < 0)
        return -1;
    if (handle(exchange, err) == 0)
        return 0;
    prefer_unauthorized(exchange, err);
    return -1;
}

/* Writing */

/* Writes the answer. A large one takes its memory twice, so that may fail too. */
static void write_out(struct exchange *exchange, struct error *err)
{
    struct service *service = exchange->service;

    stream_write(exchange, &service->out);
    if (!service->out.overflowed)
        return;
    check_memory(exchange, 0, err);
    buf_reset(&service->out, 0);
    problem_answer(exchange, err);
    stream_write(exchange, &service->out);
}

void dispatch(struct exchange *exchange)
{
    struct http_response *response = exchange->response;
    struct error err = {.kind = ERR_NONE};

    http_response_header(response, "X-Request-Id", "%s", exchange->id);
    http_response_header(response, "X-Content-Type-Options", "nosniff");
    match_route(exchange);
    cors_add_headers(exchange);
    if (serve(exchange, &err) < 0)
        problem_answer(exchange, &err);
    write_out(exchange, &err);
    if (stream_is_decided(exchange))
        request_metrics_count(exchange);
}
