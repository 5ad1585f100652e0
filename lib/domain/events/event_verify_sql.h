/* The statements that read chains of events to verify them. */
#ifndef ORGD_EVENT_VERIFY_SQL_H
#define ORGD_EVENT_VERIFY_SQL_H

#include "db/db_statement.h"
#include "event_chain.h"
#include "event_row.h"

struct event_verify_params {
    struct id chain_id; /* of event_verify_sql_next_chain: behind this one; nil: the first */
    struct timestamp from;
    struct timestamp to;
    int64_t count;
};

struct event_verify_chain_row {
    struct id chain_id;
};

struct event_verify_row {
    struct event_row event;
    struct text target_ids; /* of orgd_event_targets, in hexadecimal, in their order */
    bool has_nil_id;        /* where there should be NULL, which is hashed alike */
};

struct event_verify_stray_row {
    struct timestamp occurred_at;
};

/* Finds the next chain of which any table has a row. */
extern const struct db_statement event_verify_sql_next_chain;
/* Finds the end of a chain; its rows are struct event_chain. */
extern const struct db_statement event_verify_sql_chain;
/* Reads `count` events behind `from`. */
extern const struct db_statement event_verify_sql_events;
/* Finds a row of orgd_event_targets behind `from`, up to `to`, that belongs to no event. */
extern const struct db_statement event_verify_sql_stray_target;

#endif
