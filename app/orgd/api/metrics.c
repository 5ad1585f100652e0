#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "domain/credentials/bearer.h"
#include "http/handlers.h"
#include "http/request_metrics.h"

#define MEDIA_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

static int check_token(const struct exchange *exchange, struct error *err)
{
    const char *authorization = http_request_authorization(exchange->request);
    struct digest digest;
    struct text token;

    if (!bearer_is_sent(authorization))
        return error_set(err, ERR_UNAUTHORIZED, "This needs the metrics_token: send 'Authorization: Bearer' with it.");
    token = bearer_value(authorization);
    digest = digest_of(token.data, token.length);
    if (digest_equal(&digest, &exchange->service->metrics_digest))
        return 0;
    return error_set(err, ERR_UNAUTHORIZED, "This is not the metrics_token.");
}

/* Text */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name);

    return length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0;
}

static void begin_metric(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# TYPE %s %s\n", name, type);
    if (has_suffix(name, "_seconds"))
        buf_printf(out, "# UNIT %s seconds\n", name);
    else if (has_suffix(name, "_bytes"))
        buf_printf(out, "# UNIT %s bytes\n", name);
    buf_printf(out, "# HELP %s %s\n", name, help);
}

static void add_value(struct buf *out, int64_t value)
{
    buf_add_int(out, value);
    buf_add_char(out, '\n');
}

/* What is told, and where. */
struct exposition {
    struct buf *out;
    const char *gateway;
    const int64_t *values; /* of all cells */
    int64_t since_s;
};

/* The counters of all processes. */
static void add_counters(const struct exposition *exposition)
{
    struct buf *out = exposition->out;
    const struct counter_row *metric = counter_rows;

    for (const struct counter_row *row = counter_rows; row->name != NULL || row->labels != NULL; row++) {
        if (row->name != NULL) {
            metric = row;
            begin_metric(out, row->name, row->kind == COUNTER_TOTAL ? "counter" : "gauge", row->help);
            continue;
        }
        buf_add_string(out, metric->name);
        if (metric->kind == COUNTER_TOTAL)
            buf_add_literal(out, "_total");
        if (row->labels[0] != '\0')
            buf_printf(out, "{%s}", row->labels);
        buf_add_char(out, ' ');
        add_value(out, exposition->values[row->cell]);
    }
}

static void add_build(const struct exposition *exposition, const char *name)
{
    buf_printf(exposition->out, "%s_info{version=\"%s\",gateway=\"%s\"} 1\n", name, PACKAGE_VERSION,
               exposition->gateway);
}

static void add_start(const struct exposition *exposition, const char *name)
{
    buf_printf(exposition->out, "%s %lld\n", name, (long long)exposition->since_s);
}

/* Requests: of routes that have had any. So an answer is as long as there are routes in use. */

static void add_status(struct buf *out, const char *name, const struct request_metrics_row *row, int status,
                       int64_t value)
{
    buf_printf(out, "%s_total{route=\"%s\",method=\"%s\",status=\"", name, row->route, row->method);
    if (status == 0)
        buf_add_literal(out, "other");
    else
        buf_add_int(out, status);
    buf_add_literal(out, "\"} ");
    add_value(out, value);
}

static int64_t count_of(const struct request_metrics_row *row, const int64_t *values)
{
    int64_t count = 0;

    for (size_t i = 0; i < REQUEST_METRICS_BOUNDS; i++)
        count += values[row->buckets + i];
    return count;
}

/* A rate starts from the first value that is seen. So the failures of ours are told before there is one. */
static bool is_told(const struct exposition *exposition, const struct request_metrics_row *row, size_t status)
{
    if (request_metrics_statuses[status] >= 500)
        return count_of(row, exposition->values) > 0;
    return exposition->values[row->statuses + status] > 0;
}

static void add_requests(const struct exposition *exposition, const char *name)
{
    struct request_metrics_row row;

    for (size_t i = 0; request_metrics_row(i, &row); i++)
        for (size_t status = 0; status < REQUEST_METRICS_STATUSES; status++)
            if (is_told(exposition, &row, status))
                add_status(exposition->out, name, &row, request_metrics_statuses[status],
                           exposition->values[row.statuses + status]);
}

static void add_histogram(struct buf *out, const char *name, const struct request_metrics_row *row,
                          const int64_t *values)
{
    int64_t sum_us = values[row->sum_us];
    int64_t below = 0;

    for (size_t i = 0; i < REQUEST_METRICS_BOUNDS; i++) {
        below += values[row->buckets + i];
        buf_printf(out, "%s_bucket{route=\"%s\",method=\"%s\",le=\"%s\"} ", name, row->route, row->method,
                   request_metrics_bounds[i].text);
        add_value(out, below);
    }
    buf_printf(out, "%s_count{route=\"%s\",method=\"%s\"} ", name, row->route, row->method);
    add_value(out, below);
    buf_printf(out, "%s_sum{route=\"%s\",method=\"%s\"} %lld.%06lld\n", name, row->route, row->method,
               (long long)(sum_us / US_PER_S), (long long)(sum_us % US_PER_S));
}

static void add_durations(const struct exposition *exposition, const char *name)
{
    struct request_metrics_row row;

    for (size_t i = 0; request_metrics_row(i, &row); i++)
        if (count_of(&row, exposition->values) > 0)
            add_histogram(exposition->out, name, &row, exposition->values);
}

static void add_others(const struct exposition *exposition)
{
    static const struct {
        const char *name;
        const char *type;
        void (*add)(const struct exposition *exposition, const char *name);
        const char *help;
    } metrics[] = {
#define METRIC(name, type, add, help) {name, #type, add, help},
#include "http/request_metrics.def"
#undef METRIC
    };

    for (size_t i = 0; i < ARRAY_LENGTH(metrics); i++) {
        begin_metric(exposition->out, metrics[i].name, metrics[i].type, metrics[i].help);
        metrics[i].add(exposition, metrics[i].name);
    }
}

int handle_metrics(struct exchange *exchange, struct error *err)
{
    struct exposition exposition = {.out = &exchange->response->body, .gateway = exchange->service->gateway};
    int64_t *values;

    if (check_token(exchange, err) < 0)
        return -1;
    if (!exchange->service->has_counters)
        return error_set(err, ERR_UNAVAILABLE, "The workers cannot count together; the log says why.");
    values = arena_alloc(exchange->call.arena, request_metrics_cells() * sizeof(*values));
    exposition.values = values;
    if (counters_read(values, &exposition.since_s, err) < 0)
        return -1;
    exchange->response->content_type = MEDIA_TYPE;
    add_others(&exposition);
    add_counters(&exposition);
    buf_add_literal(exposition.out, "# EOF\n");
    return 0;
}
