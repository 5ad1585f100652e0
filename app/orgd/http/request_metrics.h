/* Counts requests by route and status, and how long they took, in the cells behind those of process/counters.def. */
#ifndef ORGD_REQUEST_METRICS_H
#define ORGD_REQUEST_METRICS_H

#include "exchange.h"
#include "process/counters.h"

/* The statuses that are counted apart; the last place is for all others. */
extern const int request_metrics_statuses[];
#define REQUEST_METRICS_STATUSES 20

/* The upper bounds of the histogram, as OpenMetrics writes them; the last is "+Inf". */
extern const struct request_metrics_bound {
    int64_t us;
    const char *text;
} request_metrics_bounds[];
#define REQUEST_METRICS_BOUNDS 16

/* What is counted for a route: each status, each bucket (not cumulated), and the sum of the durations. */
struct request_metrics_row {
    const char *route;
    const char *method;
    size_t statuses; /* the first cell */
    size_t buckets;  /* the first cell */
    size_t sum_us;
};

/* Returns false behind the last row. */
bool request_metrics_row(size_t index, struct request_metrics_row *out);

/* How many cells there are, with those of process/counters.def. */
size_t request_metrics_cells(void);

/* Writes what the cells mean: with another text they are other counters. */
void request_metrics_describe(struct buf *out);

/* Counts a request that has been answered. Costs no system call. */
void request_metrics_count(const struct exchange *exchange);

#endif
