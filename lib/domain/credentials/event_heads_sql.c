#include "event_heads_sql.h"

#include "domain/access/lease_sql.h"
#include "domain/events/event_chain_sql.h"

#define PARAM(member) DB_MEMBER(struct event_heads_params, member)

static const struct db_record params =
    DB_RECORD(struct event_heads_params, PARAM(chain_id), PARAM(count), PARAM(before), PARAM(month), PARAM(sequence),
              PARAM(occurred_at), PARAM(hash), PARAM(now), PARAM(signature), PARAM(former_sequence),
              PARAM(pruned_sequence), PARAM(pruned_occurred_at), PARAM(pruned_hash), PARAM(holder));

static const struct db_record chain = DB_RECORD(
    struct event_heads_chain_row, EVENT_CHAIN_MEMBERS(struct event_heads_chain_row, chain),
    DB_MEMBER(struct event_heads_chain_row, oldest), DB_MEMBER(struct event_heads_chain_row, signed_sequence));

#define HEAD(member) DB_MEMBER(struct event_heads_row, member)

static const struct db_record head = DB_RECORD(struct event_heads_row, HEAD(chain_id), HEAD(sequence),
                                               HEAD(occurred_at), HEAD(hash), HEAD(signed_at), HEAD(signature));
static const struct db_record piece =
    DB_RECORD(struct event_heads_piece_row, DB_MEMBER(struct event_heads_piece_row, first),
              DB_MEMBER(struct event_heads_piece_row, count), DB_MEMBER(struct event_heads_piece_row, sequence),
              DB_MEMBER(struct event_heads_piece_row, occurred_at));
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

READ(
    event_heads_sql_chains, "chains", chain,
    "SELECT " EVENT_CHAIN_COLUMNS
    ", (SELECT e.occurred_at FROM orgd_events e FORCE INDEX (PRIMARY) WHERE e.chain_id = c.id ORDER BY e.occurred_at LIMIT 1) AS oldest,"
    " (SELECT h.sequence FROM orgd_event_heads h WHERE h.chain_id = c.id ORDER BY h.month DESC LIMIT 1)"
    " AS signed_sequence"
    " FROM orgd_event_chains c WHERE c.id > COALESCE(:chain_id, '') ORDER BY c.id LIMIT :count");

#define HEAD_COLUMNS "SELECT h.chain_id, h.sequence, h.occurred_at, h.hash, h.signed_at, h.signature FROM "

READ(event_heads_sql_of_chain, "of_chain", head,
     HEAD_COLUMNS "orgd_event_heads h WHERE h.chain_id = :chain_id ORDER BY h.month");
READ(event_heads_sql_newest, "newest", head,
     HEAD_COLUMNS "(SELECT id FROM orgd_event_chains WHERE id > COALESCE(:chain_id, '') ORDER BY id LIMIT :count) c"
                  " JOIN orgd_event_heads h ON h.chain_id = c.id AND h.month ="
                  " (SELECT MAX(n.month) FROM orgd_event_heads n WHERE n.chain_id = c.id) ORDER BY h.chain_id");

CHANGE(event_heads_sql_sign, "sign",
       "INSERT INTO orgd_event_heads (chain_id, month, sequence, occurred_at, hash, signed_at, signature)"
       " VALUES (:chain_id, :month, :sequence, :occurred_at, :hash, :now, :signature) ON DUPLICATE KEY UPDATE"
       " sequence = VALUES(sequence), occurred_at = VALUES(occurred_at), hash = VALUES(hash),"
       " signed_at = VALUES(signed_at), signature = VALUES(signature)");

READ(event_heads_sql_piece, "piece", piece,
     "SELECT MIN(p.sequence) AS first, COUNT(*) AS count, MAX(p.sequence) AS sequence,"
     " MAX(p.occurred_at) AS occurred_at FROM (SELECT sequence, occurred_at FROM orgd_events"
     " WHERE chain_id = :chain_id AND occurred_at < :before ORDER BY occurred_at LIMIT :count) p");
READ(event_heads_sql_hash, "hash", hash,
     "SELECT hash FROM orgd_events WHERE chain_id = :chain_id AND occurred_at = :occurred_at");
CHANGE(event_heads_sql_set_checkpoint, "set_checkpoint",
       "UPDATE orgd_event_chains SET pruned_sequence = :pruned_sequence, pruned_occurred_at = :pruned_occurred_at,"
       " pruned_hash = :pruned_hash WHERE id = :chain_id AND pruned_sequence = :former_sequence");
CHANGE(event_heads_sql_prune_targets, "prune_targets",
       "DELETE FROM orgd_event_targets WHERE chain_id = :chain_id AND occurred_at <= :pruned_occurred_at");
CHANGE(event_heads_sql_prune_events, "prune_events",
       "DELETE FROM orgd_events WHERE chain_id = :chain_id AND occurred_at <= :pruned_occurred_at");
CHANGE(event_heads_sql_prune_heads, "prune_heads",
       "DELETE FROM orgd_event_heads WHERE chain_id = :chain_id AND sequence < :pruned_sequence");

CHANGE(event_heads_sql_take_lease, "take_lease",
       LEASE_TAKE("event_heads",
                  "1 HOUR") " AND done NOT BETWEEN UTC_TIMESTAMP(6) - INTERVAL 1 DAY AND UTC_TIMESTAMP(6)");
CHANGE(event_heads_sql_end_lease, "end_lease", LEASE_END("event_heads", ", done = UTC_TIMESTAMP(6)"));
