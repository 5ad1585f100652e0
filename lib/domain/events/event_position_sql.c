#include "event_position_sql.h"

#include "domain/access/lease_sql.h"
#include "event_subject_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_position_params, DB_MEMBER(struct event_position_params, holder),
              DB_MEMBER(struct event_position_params, count), DB_MEMBER(struct event_position_params, keys),
              DB_MEMBER(struct event_position_params, last), DB_MEMBER(struct event_position_params, first_block),
              DB_MEMBER(struct event_position_params, last_block), DB_MEMBER(struct event_position_params, earliest),
              DB_MEMBER(struct event_position_params, latest));
static const struct db_record waiting =
    DB_RECORD(struct event_waiting_row, DB_MEMBER(struct event_waiting_row, chain_id),
              DB_MEMBER(struct event_waiting_row, occurred_at), DB_MEMBER(struct event_waiting_row, last),
              DB_MEMBER(struct event_waiting_row, latest));

/* Reads the events along an index that has all these columns, and in which those of a chain are in their order.
 * Positions go on from the last block, even if all events are gone. */
const struct db_statement event_position_sql_waiting = {
    .name = "event_position_waiting",
    .sql = "SELECT chain_id, occurred_at, GREATEST(COALESCE((SELECT MAX(m.position) FROM orgd_events m), 0),"
           " COALESCE((SELECT MAX(b.block) FROM orgd_event_blocks b), 0) * " EVENT_BLOCK_SQL ") AS last,"
           " (SELECT MAX(b.latest) FROM orgd_event_blocks b) AS latest"
           " FROM orgd_events FORCE INDEX (orgd_events_position) WHERE position = 0 LIMIT :count",
    .params = &params,
    .row = &waiting,
};

const struct db_statement event_position_sql_take_lease = {
    .name = "event_position_take_lease",
    .sql = LEASE_TAKE("positions", "2 SECOND"),
    .params = &params,
};

const struct db_statement event_position_sql_confirm = {
    .name = "event_position_confirm",
    .sql = LEASE_TAKE("positions", "2 SECOND") " AND NOT EXISTS (SELECT 1 FROM orgd_events e WHERE e.position > :last)",
    .params = &params,
};

const struct db_statement event_position_sql_end_lease = {
    .name = "event_position_end_lease",
    .sql = LEASE_END("positions", ""),
    .params = &params,
};

const struct db_statement event_position_sql_take_keys = {
    .name = "event_position_take_keys",
    .sql = "SELECT CAST(:keys AS BINARY) INTO @orgd_keys",
    .params = &params,
};

/* Of the key with this number. */
#define CHAIN_OF_KEY "UNHEX(SUBSTR(@orgd_keys, number * 58 + 1, 32))"
#define TIME_OF_KEY "CAST(SUBSTR(@orgd_keys, number * 58 + 33, 26) AS DATETIME(6))"
_Static_assert(EVENT_KEY_LENGTH == 58 && ID_DIGITS == 32, "the statement has these numbers");

/* The keys as rows, numbered from 0. These come first, so that only the rows of these events are locked: a search for
 * events without a position would wait for those whose transactions last long. (Of a text instead of octets, the server
 * would count the characters up to each key.) */
const struct db_statement event_position_sql_give = {
    .name = "event_position_give",
    .sql =
        "UPDATE (WITH RECURSIVE n (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number + 1 < :count)"
        " SELECT number, " CHAIN_OF_KEY " AS chain_id, " TIME_OF_KEY " AS occurred_at FROM n) k"
        " STRAIGHT_JOIN orgd_events e FORCE INDEX (PRIMARY)"
        " ON e.chain_id = k.chain_id AND e.occurred_at = k.occurred_at"
        " SET e.position = :last + 1 + k.number WHERE e.position = 0",
    .params = &params,
};

/* Adds rows for the events that have just got their positions. A row may be there already if somebody has forged it;
 * `orgctl event verify` finds such rows. */
#define ADD(kind, subject, more)                                                                                       \
    "INSERT IGNORE INTO orgd_event_subjects (kind, subject, position) SELECT " kind ", " subject ", e.position"        \
    " FROM orgd_events e FORCE INDEX (orgd_events_position)" more

const struct db_statement event_position_sql_add_actions = {
    .name = "event_position_add_actions",
    .sql = ADD(SUBJECT_ACTION, "e.action", " WHERE e.position > :last"),
    .params = &params,
};

const struct db_statement event_position_sql_add_actors = {
    .name = "event_position_add_actors",
    .sql = ADD(SUBJECT_ACTOR, "e.actor_id", " WHERE e.position > :last AND e.actor_id IS NOT NULL"),
    .params = &params,
};

const struct db_statement event_position_sql_add_targets = {
    .name = "event_position_add_targets",
    .sql = ADD(SUBJECT_TARGET, "t.target_id",
               " STRAIGHT_JOIN orgd_event_targets t FORCE INDEX (orgd_event_targets_event)"
               " ON t.chain_id = e.chain_id AND t.occurred_at = e.occurred_at WHERE e.position > :last"),
    .params = &params,
};

/* Changes the last blocks only, unless a clock is wrong: earlier ones are of events that happened before. */
const struct db_statement event_position_sql_widen = {
    .name = "event_position_widen",
    .sql = "UPDATE orgd_event_blocks FORCE INDEX (orgd_event_blocks_earliest) SET earliest = :earliest"
           " WHERE earliest > :earliest",
    .params = &params,
};

const struct db_statement event_position_sql_note = {
    .name = "event_position_note",
    .sql = "INSERT INTO orgd_event_blocks (block, earliest, latest) VALUES (:first_block, :earliest, :latest),"
           " (:last_block, :earliest, :latest) ON DUPLICATE KEY UPDATE latest = VALUES(latest)",
    .params = &params,
};
