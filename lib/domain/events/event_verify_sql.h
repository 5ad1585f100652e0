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
    bool is_found;          /* by orgd_event_subjects, or it has no position yet */
    bool is_in_block;       /* orgd_event_blocks says that it may have happened then, or it has no position yet */
    bool has_twin;          /* another event has its position */
};

struct event_verify_stray_row {
    struct timestamp occurred_at;
};

/* A row of orgd_event_subjects with the event of its position. A row without an event shows nothing, and is left out.
 */
struct event_verify_subject_params {
    int64_t kind; /* behind the row of this kind, subject and position */
    struct text subject;
    int64_t position;
    int64_t count;
};

struct event_verify_subject_row {
    struct text subject;
    int64_t position;
    bool fits; /* the event has that action, actor or target */
    struct id chain_id;
    struct id id;
    int64_t sequence;
};

/* A row of orgd_event_blocks. */
struct event_verify_block_params {
    int64_t block; /* the first */
    int64_t count;
};

struct event_verify_block_row {
    int64_t block; /* negative: more than a position can be divided by */
    struct timestamp earliest;
    struct timestamp latest;
};

/* Finds the next chain of which any table has a row. */
extern const struct db_statement event_verify_sql_next_chain;
/* Finds the end of a chain; its rows are struct event_chain. */
extern const struct db_statement event_verify_sql_chain;
/* Reads `count` events behind `from`. */
extern const struct db_statement event_verify_sql_events;
/* Finds a row of orgd_event_targets behind `from`, up to `to`, that belongs to no event. */
extern const struct db_statement event_verify_sql_stray_target;
/* Reads `count` rows of orgd_event_subjects of one kind. */
extern const struct db_statement event_verify_sql_subjects;
/* Reads `count` rows of orgd_event_blocks. */
extern const struct db_statement event_verify_sql_blocks;

#endif
