/* The statements that write events. */
#ifndef ORGD_EVENT_SQL_H
#define ORGD_EVENT_SQL_H

#include "db/db_statement.h"

struct event_params {
    struct id chain_id;
    struct id id;
    struct text action;
    struct text actor_type;
    struct id actor_id;
    struct text actor_name;
    struct id actor_credential_id;
    struct id organization_id;
    struct text organization_name;
    struct text targets;
    struct text request_id;
    struct text address;
    struct text user_agent;
    struct text changes;
    int64_t count;
    struct timestamp now;
    /* The canonical form of the event, before and behind the actor's name, which SQL reads. */
    struct text content_head;
    struct text content_tail;
    struct id target_id;
};

struct event_found_row {
    bool is_there;
};

/* In this order. */
extern const struct db_statement event_sql_name_actor;
extern const struct db_statement event_sql_extend_chain;
extern const struct db_statement event_sql_insert;
extern const struct db_statement event_sql_insert_target;
extern const struct db_statement event_sql_find; /* of :id; its rows are struct event_found_row */

#endif
