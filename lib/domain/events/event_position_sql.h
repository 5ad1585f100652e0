/* The statements of event_position.c. */
#ifndef ORGD_EVENT_POSITION_SQL_H
#define ORGD_EVENT_POSITION_SQL_H

#include "db/db_statement.h"

struct event_position_params {
    struct id holder; /* of the lease */
    int64_t count;    /* of events; at most so many */
    struct text keys; /* of the events, one behind the other: EVENT_KEY_LENGTH octets each */
    int64_t last;     /* the highest position that has been given */
    /* The blocks that the new positions lie in, the first and the last one. */
    int64_t first_block;
    int64_t last_block;
    struct timestamp earliest; /* when the first of these events happened */
    struct timestamp latest;   /* when the last one happened, of these and of all that have a position */
};

/* The id of the chain in hexadecimal, and the time as ISO 8601, without a zone. */
#define EVENT_KEY_LENGTH (ID_DIGITS + EVENT_KEY_TIME_LENGTH)
#define EVENT_KEY_TIME_LENGTH 26

struct event_waiting_row {
    struct id chain_id;
    struct timestamp occurred_at;
    int64_t last;
    struct timestamp latest; /* when the last event happened that has a position; 0: there is none */
};

/* Finds events without a position; does not wait for those that are not committed. */
extern const struct db_statement event_position_sql_waiting;

/* So many positions have one row of orgd_event_blocks, and at most so many events get theirs at once; and the same
 * number for statements. */
#define EVENT_BLOCK 500
#define EVENT_BLOCK_SQL "500"

/* Takes the lease for two seconds, or holds it. Changes no row if another process has it. */
extern const struct db_statement event_position_sql_take_lease;
extern const struct db_statement event_position_sql_end_lease;

/* Holds the lease. Changes no row if `last` is not the highest position any more. */
extern const struct db_statement event_position_sql_confirm;

/* Hands the keys to the next statement. */
extern const struct db_statement event_position_sql_take_keys;

/* Gives them their positions. */
extern const struct db_statement event_position_sql_give;

/* Add the rows that find them by their actions, actors and targets. */
extern const struct db_statement event_position_sql_add_actions;
extern const struct db_statement event_position_sql_add_actors;
extern const struct db_statement event_position_sql_add_targets;

/* Let the times of the blocks hold the new events, too: those of earlier blocks first. */
extern const struct db_statement event_position_sql_widen;
extern const struct db_statement event_position_sql_note;

#endif
