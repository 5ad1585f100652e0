/* The columns of the end of a chain, for all statements that read struct event_chain. */
#ifndef ORGD_EVENT_CHAIN_SQL_H
#define ORGD_EVENT_CHAIN_SQL_H

#include "db/db_statement.h"
#include "event_chain.h"

/* Of orgd_event_chains c. */
#define EVENT_CHAIN_COLUMNS                                                                                            \
    "c.id, c.sequence, c.occurred_at, c.hash, c.pruned_sequence, c.pruned_occurred_at, c.pruned_hash"

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */
/* The members of these columns: `place` is a struct event_chain in the struct of the rows. */
#define EVENT_CHAIN_MEMBERS(row_type, place)                                                                           \
    DB_MEMBER_AS("id", row_type, place.id), DB_MEMBER_AS("sequence", row_type, place.sequence),                        \
        DB_MEMBER_AS("occurred_at", row_type, place.occurred_at), DB_MEMBER_AS("hash", row_type, place.hash),          \
        DB_MEMBER_AS("pruned_sequence", row_type, place.pruned_sequence),                                              \
        DB_MEMBER_AS("pruned_occurred_at", row_type, place.pruned_occurred_at),                                        \
        DB_MEMBER_AS("pruned_hash", row_type, place.pruned_hash)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
