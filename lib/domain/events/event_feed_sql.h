/* The statements of event_feed.c. Each way to find a page goes along an index of its own. */
#ifndef ORGD_EVENT_FEED_SQL_H
#define ORGD_EVENT_FEED_SQL_H

#include "domain/access/access_sql.h"
#include "event_row_sql.h"

struct event_feed_params {
    struct credential caller;
    struct id organization_id;
    struct id account_id; /* for totals: of the caller */
    bool is_superuser;    /* likewise, it is one */
    struct text action;   /* the whole of it */
    struct text resource; /* or its beginning, with the dot */
    struct id actor_id;
    struct id target_id;
    struct timestamp since;
    struct timestamp until;
    struct id after;
    struct timestamp after_time; /* its place in a chain that does not have it */
    int64_t after_position;      /* its place among all events, if it is none */
    bool is_newest_first;
    int64_t limit;
    int64_t offset;
    int64_t end; /* the number of rows up to the end of the page */
};

struct event_feed_row {
    struct access_row access;
    bool after_is_known;
    bool is_on_record; /* there are events of the organization, even if it is gone */
    struct event_row event;
};

struct event_number_row {
    int64_t number;
};

/* Of an organization: all, or by action, actor or target. */
CALLER_STATEMENTS(event_feed_sql_chain);
CALLER_STATEMENTS(event_feed_sql_chain_action);
CALLER_STATEMENTS(event_feed_sql_chain_actor);
CALLER_STATEMENTS(event_feed_sql_chain_target);

/* Of the service, likewise. They give a superuser's page, and to others the caller alone. */
CALLER_STATEMENTS(event_feed_sql_all);
CALLER_STATEMENTS(event_feed_sql_all_action);
CALLER_STATEMENTS(event_feed_sql_all_actor);
CALLER_STATEMENTS(event_feed_sql_all_target);

/* Of the caller. */
CALLER_STATEMENTS(event_feed_sql_own);

/* Finds the position of the first event whose id is higher than :after. The row is a struct event_number_row. */
extern const struct db_statement event_feed_sql_place;

/* How many there are, likewise. The caller must have been let in. */
extern const struct db_statement event_feed_sql_total_of_chain;
extern const struct db_statement event_feed_sql_total_of_all;
extern const struct db_statement event_feed_sql_total_of_own;

#endif
