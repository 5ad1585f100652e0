/* The statements of event_heads.c. */
#ifndef ORGD_EVENT_HEADS_SQL_H
#define ORGD_EVENT_HEADS_SQL_H

#include "db/db_statement.h"
#include "domain/events/event_chain.h"

struct event_heads_params {
    struct id chain_id;
    int64_t count;
    struct timestamp before;
    /* A head. */
    int64_t month;                /* YYYYMM */
    struct text former_signature; /* of the head that it replaces */
    int64_t sequence;
    struct timestamp occurred_at;
    struct digest hash;
    struct timestamp now;
    struct text signature;
    /* A checkpoint. */
    int64_t former_sequence;
    int64_t pruned_sequence;
    struct timestamp pruned_occurred_at;
    struct digest pruned_hash;
    struct id holder;
};

struct event_heads_row {
    struct id chain_id;
    int64_t month;
    int64_t sequence;
    struct timestamp occurred_at;
    struct digest hash;
    struct timestamp signed_at;
    struct text signature;
};

/* A chain at one moment. */
struct event_heads_chain_row {
    struct event_chain chain;
    struct timestamp oldest;     /* of its events; 0: there are none */
    struct event_heads_row head; /* the newest; without a signature there is none */
    struct digest head_hash;     /* of the event that the head is of; all zero: it is not there */
};

/* What a piece holds. */
struct event_heads_piece_row {
    int64_t pruned_sequence; /* of the chain, at the same moment */
    int64_t first;
    int64_t count;
    int64_t sequence;
    struct timestamp occurred_at;
};

struct event_heads_missing_row {
    int64_t missing;
};

struct event_heads_hash_row {
    struct digest hash;
};

/* Reads `count` chains behind :chain_id (nil: the first ones); one. */
extern const struct db_statement event_heads_sql_chains;
extern const struct db_statement event_heads_sql_single;
/* Reads the heads of a chain in the order of `sequence`; the newest heads of `count` chains behind one. */
extern const struct db_statement event_heads_sql_of_chain;
extern const struct db_statement event_heads_sql_newest;
/* Add a head, the first of a month, or put it in the place of the former one of the month. */
extern const struct db_statement event_heads_sql_add;
extern const struct db_statement event_heads_sql_replace;

/* Of a chain: how many events behind its checkpoint are not there. Reads all of them. */
extern const struct db_statement event_heads_sql_missing;
/* Of a chain: what its oldest `count` events before a time are; the hash of one; and their removal. */
extern const struct db_statement event_heads_sql_piece;
extern const struct db_statement event_heads_sql_hash;
extern const struct db_statement event_heads_sql_set_checkpoint;
/* Of orgd_event_subjects, while the events and their targets are there: by action, by actor, and by what suffered them.
 */
extern const struct db_statement event_heads_sql_prune_actions;
extern const struct db_statement event_heads_sql_prune_actors;
extern const struct db_statement event_heads_sql_prune_suffered;
extern const struct db_statement event_heads_sql_prune_targets;
extern const struct db_statement event_heads_sql_prune_events;
extern const struct db_statement event_heads_sql_prune_heads;
/* Of all chains: removes `count` rows of orgd_event_blocks that are about no event any more. */
extern const struct db_statement event_heads_sql_prune_blocks;

/* Takes the lease for a minute, if the work was not done for a day, or holds it; gives it back; does so and notes that
 * the work is done. */
extern const struct db_statement event_heads_sql_take_lease;
extern const struct db_statement event_heads_sql_end_lease;
extern const struct db_statement event_heads_sql_note_done;

#endif
