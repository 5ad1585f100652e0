/* The statements of event_list.c: each reads `count` events from a place on. */
#ifndef ORGD_EVENT_LIST_SQL_H
#define ORGD_EVENT_LIST_SQL_H

#include "db/db_statement.h"

struct event_list_params {
    struct id chain_id;
    struct id account_id;
    struct timestamp occurred_at; /* the place in a chain */
    struct id id;                 /* the place among all events; ids are in the order of time */
    int64_t count;
};

extern const struct db_statement event_list_sql_all;
extern const struct db_statement event_list_sql_all_newest_first;
extern const struct db_statement event_list_sql_chain;
extern const struct db_statement event_list_sql_chain_newest_first;
/* What an account did, and what is about it; the newest first. */
extern const struct db_statement event_list_sql_account;

#endif
