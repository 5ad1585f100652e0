#include "dispatch.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/credentials/bearer.h"
#include "problem.h"
#include "routes.h"
#include "web/body.h"

#define REQUEST_ID_MAX 64
#define LOGGED_BYTES_MAX 2048

/* The request in hand: a worker serves one at a time. What the access line needs is kept apart from the environment,
 * which is gone by then. */
static struct {
    struct http_request request;
    char id[REQUEST_ID_MAX + 1];
    struct text method;
    struct text path;
    int64_t start_us;
} current;

static bool is_good_request_id(const char *id)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(id);

    return length >= 1 && length <= REQUEST_ID_MAX && strspn(id, allowed) == length;
}

static void set_request_id(const struct http_request *request, struct timestamp now)
{
    const char *given = http_request_variable(request, "HTTP_X_REQUEST_ID");

    if (given != NULL && is_good_request_id(given)) {
        memcpy(current.id, given, strlen(given) + 1);
    } else {
        struct id id = id_new(now);

        id_format(&id, current.id);
    }
    log_set_request_id(current.id);
}

/* Routes */

static bool answers(const struct route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

/* The methods of a path for Allow, in the table's order. */
static void list_methods(const struct http_request *request, struct buf *out)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET, HEAD", [HTTP_POST] = "POST", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE"};
    struct text parameters[HTTP_PARAMETERS_MAX];

    for (const struct route *route = routes; route->path != NULL; route++) {
        if (!http_request_matches(request, route->path, parameters))
            continue;
        buf_add_string(out, names[route->method]);
        buf_add_literal(out, ", ");
    }
    if (out->length > 0)
        buf_add_literal(out, "OPTIONS");
}

static const struct route *find_route(struct exchange *exchange)
{
    for (const struct route *route = routes; route->path != NULL; route++)
        if (answers(route, exchange->request->method) &&
            http_request_matches(exchange->request, route->path, exchange->parameters))
            return route;
    return NULL;
}

/* CORS (WHATWG Fetch, 3.2) */

static const char *allowed_origin(const struct exchange *exchange)
{
    const char *origin = http_request_variable(exchange->request, "HTTP_ORIGIN");

    return origin != NULL && config_allows_origin(exchange->service->config, origin) ? origin : NULL;
}

/* Pages are for the person in front of them: no script of another origin may read them (RFC 9700, 2.6). */
static bool is_for_people(const struct exchange *exchange)
{
    struct text parameters[HTTP_PARAMETERS_MAX];

    for (const struct route *route = routes; route->path != NULL; route++)
        if (route->access == ROUTE_FOR_PEOPLE && http_request_matches(exchange->request, route->path, parameters))
            return true;
    return false;
}

static void add_cors_headers(const struct exchange *exchange)
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

static void answer_options(const struct exchange *exchange, const char *methods)
{
    struct http_response *response = exchange->response;

    response->status = 204;
    http_response_header(response, "Allow", "%s", methods);
    if (exchange->is_for_people || allowed_origin(exchange) == NULL ||
        http_request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD") == NULL)
        return;
    http_response_header(response, "Access-Control-Allow-Methods", "%s", methods);
    http_response_header(response, "Access-Control-Allow-Headers",
                         "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id");
    http_response_header(response, "Access-Control-Max-Age", "600");
}

/* A path without a route for this method: 404, 405, or the answer to OPTIONS. */
static int serve_without_route(struct exchange *exchange, struct error *err)
{
    struct buf methods;
    int result = 0;

    buf_init(&methods, 256);
    list_methods(exchange->request, &methods);
    if (methods.length == 0) {
        result = error_set(err, ERR_NOT_FOUND, "There is nothing at this path.");
    } else if (exchange->request->method == HTTP_OPTIONS) {
        answer_options(exchange, methods.data);
    } else {
        http_response_header(exchange->response, "Allow", "%s", methods.data);
        result = error_set(err, ERR_METHOD, "This path takes %s.", methods.data);
    }
    buf_release(&methods);
    return result;
}

/* Body and credential */

static int read_body(struct exchange *exchange, enum route_body kind, struct error *err)
{
    static const char *const media_types[] = {
        [ROUTE_JSON_BODY] = "application/json",
        [ROUTE_FORM_BODY] = "application/x-www-form-urlencoded",
    };
    int result;

    if (kind == ROUTE_NO_BODY)
        return 0;
    if (!http_request_has_media_type(exchange->request, media_types[kind]))
        return error_set(err, ERR_MEDIA_TYPE, "The body must be sent as Content-Type: %s.", media_types[kind]);
    result =
        http_request_read_body(exchange->request, (size_t)exchange->service->config->max_body, &exchange->body, err);
    if (result < 0 && err->kind == ERR_VALIDATION)
        body_fault(&exchange->service->faults, 0, err->message);
    return result;
}

static int read_credential(struct exchange *exchange, enum route_access access, struct error *err)
{
    const struct service *service = exchange->service;
    const struct bearer_trust trust = {service->keys, &service->terms, service->issuers};

    if (access != ROUTE_FOR_CALLERS)
        return 0;
    return bearer_read(&exchange->call, &trust, http_request_authorization(exchange->request),
                       &exchange->call.caller.credential, err);
}

/* A token in the URL ends up in logs and histories: it is not looked at, and beside one in the header it makes the
 * request ambiguous (RFC 6750, 2 and 3.1; RFC 9700, 4.3.2). */
static int check_second_token(const struct exchange *exchange, struct error *err)
{
    size_t count;

    urlencoded_find(&exchange->request->query, "access_token", &count);
    if (count == 0 || !bearer_is_sent(http_request_authorization(exchange->request)))
        return 0;
    return error_set(err, ERR_INVALID_REQUEST, "Send the credential in the Authorization header alone.");
}

/* Whether the caller is real comes before what is wrong with the input. */
static void prefer_unauthorized(struct exchange *exchange, const struct route *route, struct error *err)
{
    struct error other;
    struct principal principal;

    if (route->access == ROUTE_FOR_CALLERS && err->kind == ERR_VALIDATION &&
        org_authenticate(&exchange->call, &principal, &other) < 0)
        *err = other;
}

static int check_size(const struct exchange *exchange, struct error *err)
{
    if (!exchange->response->body.overflowed)
        return 0;
    return error_set(err, ERR_INTERNAL, "The answer is larger than this service can give; ask for less at a time.");
}

static int check_query(const struct exchange *exchange, struct error *err)
{
    struct faults *faults = &exchange->service->faults;

    if (!exchange->request->query.has_too_many)
        return 0;
    faults_add(faults, "too_long", LOCATION("query"),
               arena_printf(exchange->service->arena, "Query should have at most %d parameters", URLENCODED_PAIRS_MAX),
               NULL, arena_printf(exchange->service->arena, "{\"max_length\":%d}", URLENCODED_PAIRS_MAX));
    return faults_result(faults, err);
}

/* What was made while memory ran out is not to be seen, and no verdict about the input either. Whoever is refused has
 * changed nothing; who is answered may have. */
static int check_memory(const struct exchange *exchange, int result, struct error *err)
{
    bool is_reading = exchange->request->method == HTTP_GET || exchange->request->method == HTTP_HEAD;

    if (!memory_has_run_out() || (result < 0 && error_status(err->kind) >= 500))
        return result;
    if (result < 0 || is_reading)
        return memory_ran_out(err);
    return error_set(err, ERR_INTERNAL, "The server ran out of memory; look whether this was done.");
}

static int handle(struct exchange *exchange, const struct route *route, struct error *err)
{
    int result = read_body(exchange, route->body, err);

    if (result == 0)
        result = read_credential(exchange, route->access, err);
    if (result == 0)
        result = check_query(exchange, err);
    if (result == 0)
        result = route->handle(exchange, err);
    result = check_memory(exchange, result, err);
    return result < 0 ? -1 : check_size(exchange, err);
}

static int serve(struct exchange *exchange, struct error *err)
{
    const struct route *route = find_route(exchange);

    exchange->route = route;
    if (route == NULL)
        return serve_without_route(exchange, err);
    http_response_header(exchange->response, "Cache-Control", "%s", route->cache_control);
    if (route->access == ROUTE_FOR_CALLERS && check_second_token(exchange, err) < 0)
        return -1;
    if (handle(exchange, route, err) == 0)
        return 0;
    prefer_unauthorized(exchange, route, err);
    return -1;
}

/* Writing */

/* A large answer takes its memory twice. */
static void write_out(struct exchange *exchange, struct error *err)
{
    struct service *service = exchange->service;

    http_response_write(&service->response, exchange->request->method, &service->out);
    if (!service->out.overflowed)
        return;
    check_memory(exchange, 0, err);
    buf_reset(&service->out, 0);
    problem_answer(exchange, err);
    http_response_write(&service->response, exchange->request->method, &service->out);
}

/* What is no visible ASCII, which terminals may act upon, is percent-encoded; what is too long for a line is cut. */
static struct text keep_for_log(struct arena *arena, const char *value, size_t length)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t kept = length <= LOGGED_BYTES_MAX ? length : LOGGED_BYTES_MAX;
    char *text = arena_alloc(arena, kept * 3 + sizeof("..."));
    char *out = text;

    for (size_t i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c > ' ' && c < 0x7f) {
            *out++ = (char)c;
        } else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    if (kept < length)
        for (int i = 0; i < 3; i++)
            *out++ = '.';
    *out = '\0';
    return (struct text){text, (size_t)(out - text)};
}

/* The path without its query, which may hold what does not belong into a log. */
static void remember_for_log(struct arena *arena)
{
    const char *method = http_request_variable(&current.request, "REQUEST_METHOD");
    const char *uri = http_request_variable(&current.request, "REQUEST_URI");

    method = method == NULL ? "" : method;
    uri = uri == NULL ? "" : uri;
    current.method = keep_for_log(arena, method, strlen(method));
    current.path = keep_for_log(arena, uri, strcspn(uri, "?#"));
}

void dispatch(struct service *service, char *const *environment, struct http_body_source body_source)
{
    struct timestamp now = timestamp_now();
    struct error err = {.kind = ERR_NONE};
    struct exchange exchange = {
        .service = service,
        .request = &current.request,
        .response = &service->response,
        .call =
            {
                .db = service->db,
                .arena = service->arena,
                .faults = &service->faults,
                .config = service->config,
                .now = now,
            },
    };

    memory_forget();
    current.start_us = timestamp_monotonic_us();
    http_response_reset(&service->response);
    faults_reset(&service->faults);
    buf_reset(&service->out, (size_t)256 * 1024);
    http_request_init(&current.request, service->arena, environment, body_source);
    set_request_id(&current.request, now);
    remember_for_log(service->arena);
    http_response_header(&service->response, "X-Request-Id", "%s", current.id);
    http_response_header(&service->response, "X-Content-Type-Options", "nosniff");
    exchange.is_for_people = is_for_people(&exchange);
    add_cors_headers(&exchange);
    if (serve(&exchange, &err) < 0)
        problem_answer(&exchange, &err);
    write_out(&exchange, &err);
}

void dispatch_finish(struct service *service)
{
    struct buf *line;

    if (memory_has_run_out())
        log_error("memory ran out");
    else if (memory_is_short())
        log_warning("memory is short: the reserve was touched");
    line = log_begin(LOG_LEVEL_INFO);
    if (line != NULL) {
        jsonw_key(line, "event");
        jsonw_string(line, "request");
        jsonw_key(line, "method");
        jsonw_text(line, current.method);
        jsonw_key(line, "path");
        jsonw_text(line, current.path);
        jsonw_key(line, "status");
        buf_add_int(line, service->response.status);
        jsonw_key(line, "duration_us");
        buf_add_int(line, timestamp_monotonic_us() - current.start_us);
        jsonw_key(line, "bytes");
        buf_add_int(line, (int64_t)service->response.body.length);
        log_end(line);
    }
    log_set_request_id(NULL);
    arena_reset(service->arena);
}
