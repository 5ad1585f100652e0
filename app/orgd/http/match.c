#include "match.h"

#include <string.h>

#include "routes.h"

/* True if the route has this path. The routes of one path stand together, so a walk ends where this is false. */
static bool has_path(const struct route *route, const char *path)
{
    return route->path != NULL && (route->path == path || strcmp(route->path, path) == 0);
}

static bool answers(const struct route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

static const struct route *find_path(const struct http_request *request, struct text parameters[HTTP_PARAMETERS_MAX])
{
    const struct route *route = routes;

    while (route->path != NULL && !http_request_matches(request, route->path, parameters))
        route++;
    return route->path == NULL ? NULL : route;
}

/* Finds the route of a method among the routes of one path; `first` is the first of them. */
static const struct route *find_method(const struct route *first, enum http_method method)
{
    for (const struct route *route = first; has_path(route, first->path); route++)
        if (answers(route, method))
            return route;
    return NULL;
}

void match_route(struct exchange *exchange)
{
    const struct route *first = find_path(exchange->request, exchange->parameters);

    if (first == NULL || (first->access == ROUTE_FOR_MONITORS && !exchange->service->has_metrics))
        return;
    exchange->path_routes = first;
    exchange->is_for_people = first->access == ROUTE_FOR_PEOPLE;
    exchange->route = find_method(first, exchange->request->method);
}

bool match_takes(const struct exchange *exchange, enum http_method method)
{
    return find_method(exchange->path_routes, method) != NULL;
}

void match_list_methods(const struct exchange *exchange, struct buf *out)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET, HEAD", [HTTP_POST] = "POST", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE"};
    const struct route *first = exchange->path_routes;

    for (const struct route *route = first; has_path(route, first->path); route++) {
        buf_add_string(out, names[route->method]);
        buf_add_literal(out, ", ");
    }
    buf_add_literal(out, "OPTIONS");
}
