#include "request_metrics.h"

#include "base/timestamp.h"
#include "routes.h"

#define CELLS_OF_ROW (REQUEST_METRICS_STATUSES + REQUEST_METRICS_BOUNDS + 1)

/* What has no row in the route table. The name stands where others have a path, so it does not begin with a slash. */
enum { UNKNOWN_PATH, OPTIONS, WRONG_METHOD, FIRST_ROUTE };

static const struct {
    const char *route;
    const char *method;
} others[] = {
    [UNKNOWN_PATH] = {"unknown", "any"},
    [OPTIONS] = {"any", "OPTIONS"},
    [WRONG_METHOD] = {"any", "other"},
};

const int request_metrics_statuses[REQUEST_METRICS_STATUSES] = {
    200, 204, 303, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503, 302, 0,
};

const struct request_metrics_bound request_metrics_bounds[REQUEST_METRICS_BOUNDS] = {
    {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},    {2500, "0.0025"},    {5000, "0.005"}, {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},    {250000, "0.25"},    {500000, "0.5"}, {1000000, "1.0"},
    {2500000, "2.5"}, {5000000, "5.0"}, {10000000, "10.0"}, {INT64_MAX, "+Inf"},
};

static const char *const methods[] = {
    [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE"};

static size_t first_cell(size_t row)
{
    return COUNTER_COUNT + row * CELLS_OF_ROW;
}

bool request_metrics_row(size_t index, struct request_metrics_row *out)
{
    size_t cell = first_cell(index);
    const struct route *route = index < FIRST_ROUTE ? NULL : &routes[index - FIRST_ROUTE];

    *out = (struct request_metrics_row){
        .route = route == NULL ? others[index].route : route->path,
        .method = route == NULL ? others[index].method : methods[route->method],
        .statuses = cell,
        .buckets = cell + REQUEST_METRICS_STATUSES,
        .sum_us = cell + REQUEST_METRICS_STATUSES + REQUEST_METRICS_BOUNDS,
    };
    return out->route != NULL;
}

size_t request_metrics_cells(void)
{
    struct request_metrics_row row;
    size_t count = 0;

    while (request_metrics_row(count, &row))
        count++;
    return first_cell(count);
}

void request_metrics_describe(struct buf *out)
{
    struct request_metrics_row row;

    for (size_t i = 0; i < REQUEST_METRICS_STATUSES; i++)
        buf_printf(out, "%d ", request_metrics_statuses[i]);
    for (size_t i = 0; i < REQUEST_METRICS_BOUNDS; i++)
        buf_printf(out, "%s ", request_metrics_bounds[i].text);
    for (size_t i = 0; request_metrics_row(i, &row); i++)
        buf_printf(out, "%s %s\n", row.method, row.route);
}

static size_t row_of(const struct exchange *exchange)
{
    if (exchange->route != NULL)
        return FIRST_ROUTE + (size_t)(exchange->route - routes);
    if (exchange->path_routes == NULL)
        return UNKNOWN_PATH;
    return exchange->request->method == HTTP_OPTIONS ? OPTIONS : WRONG_METHOD;
}

static size_t status_of(const struct exchange *exchange)
{
    size_t i = 0;

    while (i < REQUEST_METRICS_STATUSES - 1 && request_metrics_statuses[i] != exchange->response->status)
        i++;
    return i;
}

static size_t bucket_of(int64_t duration_us)
{
    size_t i = 0;

    while (duration_us > request_metrics_bounds[i].us)
        i++;
    return i;
}

void request_metrics_count(const struct exchange *exchange)
{
    int64_t duration_us = timestamp_monotonic_us() - exchange->access.start_us;
    size_t cell = first_cell(row_of(exchange));

    counters_add(cell + status_of(exchange), 1);
    counters_add(cell + REQUEST_METRICS_STATUSES + bucket_of(duration_us), 1);
    counters_add(cell + REQUEST_METRICS_STATUSES + REQUEST_METRICS_BOUNDS, duration_us);
}
