/* The statements that write events. */
#ifndef ORGD_EVENT_SQL_H
#define ORGD_EVENT_SQL_H

#include "db/db_statement.h"
#include "event_row.h"

struct event_params {
    struct event_row event; /* without what SQL makes: time, sequence, hash, and the name of who has an account */
    struct timestamp now;
    /* The canonical form of the event, before and behind the actor's name, which SQL reads. */
    struct text content_head;
    struct text content_tail;
    struct text hash_head; /* hexadecimal: what the hash of a chain's first event is made of, but for its content */
    struct id target_id;
};

struct event_found_row {
    bool is_there;
};

/* Where a statement of the transaction finds the name of the actor's account. One that reads the account anyway may put
 * it there, instead of event_sql_name_actor. */
#define EVENT_ACTOR_NAME "@orgd_actor"

/* In this order. */
extern const struct db_statement event_sql_name_actor;
extern const struct db_statement event_sql_extend_chain; /* begins it if it is not there */
extern const struct db_statement event_sql_begin_chain;  /* instead; fails if it is there */
extern const struct db_statement event_sql_insert;
extern const struct db_statement event_sql_insert_target;
extern const struct db_statement event_sql_lock_chain; /* :chain_id; its rows are struct event_found_row */
extern const struct db_statement event_sql_find;       /* of :id; its rows are struct event_found_row */

#endif
