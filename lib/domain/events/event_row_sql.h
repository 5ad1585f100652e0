/* Names the columns of an event, for the statements that read events:
 *
 *     struct found_row {
 *         struct caller_row caller;
 *         struct event_row event;
 *     };
 *
 *     static const struct db_record found =
 *         DB_RECORD(struct found_row, CALLER_ROW_MEMBERS(struct found_row, caller),
 *                   EVENT_ROW_MEMBERS(struct found_row, event));
 *
 *     "SELECT " CALLER_COLUMNS(proof) ", " EVENT_COLUMNS " FROM … orgd_events e …"
 */
#ifndef ORGD_EVENT_ROW_SQL_H
#define ORGD_EVENT_ROW_SQL_H

#include "db/db_statement.h"
#include "event_row.h"

/* Of orgd_events e. */
#define EVENT_COLUMNS                                                                                                  \
    "e.chain_id, e.occurred_at, e.sequence, e.id, e.action, e.actor_type, e.actor_id, e.actor_name,"                   \
    " e.actor_credential_id, e.organization_id, e.organization_name, e.targets, e.request_id, e.address,"              \
    " e.user_agent, e.changes, e.count, e.version, e.hash, e.position"

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */
#define EVENT_MEMBER(row_type, place, member) DB_MEMBER_AS(#member, row_type, place.member)

/* The members of these columns: `place` is a struct event_row in the struct of the rows. */
#define EVENT_ROW_MEMBERS(row_type, place)                                                                             \
    EVENT_MEMBER(row_type, place, chain_id), EVENT_MEMBER(row_type, place, occurred_at),                               \
        EVENT_MEMBER(row_type, place, sequence), EVENT_MEMBER(row_type, place, id),                                    \
        EVENT_MEMBER(row_type, place, action), EVENT_MEMBER(row_type, place, actor_type),                              \
        EVENT_MEMBER(row_type, place, actor_id), EVENT_MEMBER(row_type, place, actor_name),                            \
        EVENT_MEMBER(row_type, place, actor_credential_id), EVENT_MEMBER(row_type, place, organization_id),            \
        EVENT_MEMBER(row_type, place, organization_name), EVENT_MEMBER(row_type, place, targets),                      \
        EVENT_MEMBER(row_type, place, request_id), EVENT_MEMBER(row_type, place, address),                             \
        EVENT_MEMBER(row_type, place, user_agent), EVENT_MEMBER(row_type, place, changes),                             \
        EVENT_MEMBER(row_type, place, count), EVENT_MEMBER(row_type, place, version),                                  \
        EVENT_MEMBER(row_type, place, hash), EVENT_MEMBER(row_type, place, position)
/* NOLINTEND(bugprone-macro-parentheses) */

/* Rows that are a struct event_row and nothing else. */
extern const struct db_record event_row_record;

#endif
