#include "event_heads_sql.h"

#include "domain/access/lease_sql.h"
#include "domain/events/event_chain_sql.h"
#include "domain/events/event_position_sql.h"
#include "domain/events/event_subject_sql.h"

#define PARAM(member) DB_MEMBER(struct event_heads_params, member)

static const struct db_record params = DB_RECORD(
    struct event_heads_params, PARAM(chain_id), PARAM(count), PARAM(before), PARAM(month), PARAM(former_signature),
    PARAM(sequence), PARAM(occurred_at), PARAM(hash), PARAM(now), PARAM(signature), PARAM(former_sequence),
    PARAM(pruned_sequence), PARAM(pruned_occurred_at), PARAM(pruned_hash), PARAM(holder));

#define ROW(member) DB_MEMBER(struct event_heads_row, member)

static const struct db_record head = DB_RECORD(struct event_heads_row, ROW(chain_id), ROW(month), ROW(sequence),
                                               ROW(occurred_at), ROW(hash), ROW(signed_at), ROW(signature));

#define HEAD(member) DB_MEMBER_AS("head_" #member, struct event_heads_chain_row, head.member)

static const struct db_record chain =
    DB_RECORD(struct event_heads_chain_row, EVENT_CHAIN_MEMBERS(struct event_heads_chain_row, chain),
              DB_MEMBER(struct event_heads_chain_row, oldest), HEAD(chain_id), HEAD(month), HEAD(sequence),
              HEAD(occurred_at), DB_MEMBER_AS("signed_hash", struct event_heads_chain_row, head.hash), HEAD(signed_at),
              HEAD(signature), DB_MEMBER(struct event_heads_chain_row, head_hash));

static const struct db_record piece =
    DB_RECORD(struct event_heads_piece_row, DB_MEMBER(struct event_heads_piece_row, pruned_sequence),
              DB_MEMBER(struct event_heads_piece_row, first), DB_MEMBER(struct event_heads_piece_row, count),
              DB_MEMBER(struct event_heads_piece_row, sequence), DB_MEMBER(struct event_heads_piece_row, occurred_at));
static const struct db_record missing =
    DB_RECORD(struct event_heads_missing_row, DB_MEMBER(struct event_heads_missing_row, missing));
static const struct db_record hash =
    DB_RECORD(struct event_heads_hash_row, DB_MEMBER(struct event_heads_hash_row, hash));

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define READ(symbol, title, record, text)                                                                              \
    const struct db_statement symbol = {                                                                               \
        .name = "event_heads_" title,                                                                                  \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
        .row = &(record),                                                                                              \
    }
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "event_heads_" title,                                                                                  \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
        .is_repeatable = true,                                                                                         \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* NOLINTBEGIN(bugprone-macro-parentheses): a part of a statement */
/* Chains with what is known of each at one moment, so that nothing that is written meanwhile looks like a fault. */
#define CHAINS(condition)                                                                                              \
    "SELECT " EVENT_CHAIN_COLUMNS ", (SELECT o.occurred_at FROM orgd_events o FORCE INDEX (PRIMARY)"                   \
    " WHERE o.chain_id = c.id ORDER BY o.occurred_at LIMIT 1) AS oldest,"                                              \
    " h.chain_id AS head_chain_id, h.month AS head_month, h.sequence AS head_sequence,"                                \
    " h.occurred_at AS head_occurred_at, h.hash AS signed_hash, h.signed_at AS head_signed_at,"                        \
    " h.signature AS head_signature, e.hash AS head_hash"                                                              \
    " FROM orgd_event_chains c LEFT JOIN orgd_event_heads h ON h.chain_id = c.id"                                      \
    " AND h.month = (SELECT MAX(n.month) FROM orgd_event_heads n WHERE n.chain_id = c.id)"                             \
    " LEFT JOIN orgd_events e ON e.chain_id = c.id AND e.occurred_at = h.occurred_at WHERE " condition
/* NOLINTEND(bugprone-macro-parentheses) */

READ(event_heads_sql_chains, "chains", chain, CHAINS("c.id > COALESCE(:chain_id, '') ORDER BY c.id LIMIT :count"));
READ(event_heads_sql_single, "single", chain, CHAINS("c.id = :chain_id"));

#define HEAD_COLUMNS "SELECT h.chain_id, h.month, h.sequence, h.occurred_at, h.hash, h.signed_at, h.signature FROM "

READ(event_heads_sql_of_chain, "of_chain", head,
     HEAD_COLUMNS "orgd_event_heads h WHERE h.chain_id = :chain_id ORDER BY h.month");
READ(event_heads_sql_newest, "newest", head,
     HEAD_COLUMNS "(SELECT id FROM orgd_event_chains WHERE id > COALESCE(:chain_id, '') ORDER BY id LIMIT :count) c"
                  " JOIN orgd_event_heads h ON h.chain_id = c.id AND h.month ="
                  " (SELECT MAX(n.month) FROM orgd_event_heads n WHERE n.chain_id = c.id) ORDER BY h.chain_id");

CHANGE(event_heads_sql_add, "add",
       "INSERT INTO orgd_event_heads (chain_id, month, sequence, occurred_at, hash, signed_at, signature)"
       " VALUES (:chain_id, :month, :sequence, :occurred_at, :hash, :now, :signature)");
CHANGE(event_heads_sql_replace, "replace",
       "UPDATE orgd_event_heads SET sequence = :sequence, occurred_at = :occurred_at, hash = :hash, signed_at = :now,"
       " signature = :signature WHERE chain_id = :chain_id AND month = :month AND signature = :former_signature");

READ(event_heads_sql_piece, "piece", piece,
     "SELECT (SELECT pruned_sequence FROM orgd_event_chains WHERE id = :chain_id) AS pruned_sequence,"
     " MIN(p.sequence) AS first, COUNT(*) AS count, MAX(p.sequence) AS sequence,"
     " MAX(p.occurred_at) AS occurred_at FROM (SELECT sequence, occurred_at FROM orgd_events"
     " WHERE chain_id = :chain_id AND occurred_at < :before ORDER BY occurred_at LIMIT :count) p");
READ(event_heads_sql_missing, "missing", missing,
     "SELECT GREATEST(0, (SELECT CAST(sequence AS SIGNED) - CAST(pruned_sequence AS SIGNED) FROM orgd_event_chains"
     " WHERE id = :chain_id) - COUNT(*)) AS missing FROM orgd_events WHERE chain_id = :chain_id");
READ(event_heads_sql_hash, "hash", hash,
     "SELECT hash FROM orgd_events WHERE chain_id = :chain_id AND occurred_at = :occurred_at");
CHANGE(event_heads_sql_set_checkpoint, "set_checkpoint",
       "UPDATE orgd_event_chains SET pruned_sequence = :pruned_sequence, pruned_occurred_at = :pruned_occurred_at,"
       " pruned_hash = :pruned_hash WHERE id = :chain_id AND pruned_sequence = :former_sequence");
/* NOLINTBEGIN(bugprone-macro-parentheses): a part of a statement */
#define PRUNE_SUBJECTS(from, kind, subject)                                                                            \
    "DELETE u FROM " from " STRAIGHT_JOIN orgd_event_subjects u FORCE INDEX (PRIMARY) ON u.kind = " kind               \
    " AND u.subject = " subject " AND u.position = e.position"                                                         \
    " WHERE e.chain_id = :chain_id AND e.occurred_at <= :pruned_occurred_at"
/* NOLINTEND(bugprone-macro-parentheses) */
#define OLD_EVENTS "orgd_events e FORCE INDEX (PRIMARY)"
#define THEIR_TARGETS                                                                                                  \
    " STRAIGHT_JOIN orgd_event_targets t FORCE INDEX (orgd_event_targets_event)"                                       \
    " ON t.chain_id = e.chain_id AND t.occurred_at = e.occurred_at"

CHANGE(event_heads_sql_prune_actions, "prune_actions", PRUNE_SUBJECTS(OLD_EVENTS, SUBJECT_ACTION, "e.action"));
CHANGE(event_heads_sql_prune_actors, "prune_actors", PRUNE_SUBJECTS(OLD_EVENTS, SUBJECT_ACTOR, "e.actor_id"));
CHANGE(event_heads_sql_prune_suffered, "prune_suffered",
       PRUNE_SUBJECTS(OLD_EVENTS THEIR_TARGETS, SUBJECT_TARGET, "t.target_id"));
CHANGE(event_heads_sql_prune_targets, "prune_targets",
       "DELETE FROM orgd_event_targets WHERE chain_id = :chain_id AND occurred_at <= :pruned_occurred_at");
CHANGE(event_heads_sql_prune_events, "prune_events",
       "DELETE FROM orgd_events WHERE chain_id = :chain_id AND occurred_at <= :pruned_occurred_at");
CHANGE(event_heads_sql_prune_heads, "prune_heads",
       "DELETE FROM orgd_event_heads WHERE chain_id = :chain_id AND sequence < :pruned_sequence");
/* Those in front of the first event that is left. */
CHANGE(
    event_heads_sql_prune_blocks, "prune_blocks",
    "DELETE FROM orgd_event_blocks WHERE block < (SELECT MIN(position) FROM orgd_events WHERE position > 0) DIV " EVENT_BLOCK_SQL
    " ORDER BY block LIMIT :count");

CHANGE(event_heads_sql_take_lease, "take_lease",
       LEASE_TAKE("event_heads",
                  "60 SECOND") " AND done NOT BETWEEN UTC_TIMESTAMP(6) - INTERVAL 1 DAY AND UTC_TIMESTAMP(6)");
CHANGE(event_heads_sql_end_lease, "end_lease", LEASE_END("event_heads", ""));
CHANGE(event_heads_sql_note_done, "note_done", LEASE_END("event_heads", ", done = UTC_TIMESTAMP(6)"));
