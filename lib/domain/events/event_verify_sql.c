#include "event_verify_sql.h"

#include "event_chain_sql.h"
#include "event_position_sql.h"
#include "event_row_sql.h"
#include "event_subject_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_verify_params, DB_MEMBER(struct event_verify_params, chain_id),
              DB_MEMBER(struct event_verify_params, from), DB_MEMBER(struct event_verify_params, to),
              DB_MEMBER(struct event_verify_params, count));
static const struct db_record next_chain =
    DB_RECORD(struct event_verify_chain_row, DB_MEMBER(struct event_verify_chain_row, chain_id));
/* A struct event_chain by itself. */
struct chain_alone {
    struct event_chain chain;
};

static const struct db_record chain = DB_RECORD(struct chain_alone, EVENT_CHAIN_MEMBERS(struct chain_alone, chain));
static const struct db_record event =
    DB_RECORD(struct event_verify_row, EVENT_ROW_MEMBERS(struct event_verify_row, event),
              DB_MEMBER(struct event_verify_row, target_ids), DB_MEMBER(struct event_verify_row, has_nil_id),
              DB_MEMBER(struct event_verify_row, is_found), DB_MEMBER(struct event_verify_row, is_in_block),
              DB_MEMBER(struct event_verify_row, has_twin));
static const struct db_record stray =
    DB_RECORD(struct event_verify_stray_row, DB_MEMBER(struct event_verify_stray_row, occurred_at));
static const struct db_record block_params =
    DB_RECORD(struct event_verify_block_params, DB_MEMBER(struct event_verify_block_params, block),
              DB_MEMBER(struct event_verify_block_params, count));
static const struct db_record block =
    DB_RECORD(struct event_verify_block_row, DB_MEMBER(struct event_verify_block_row, block),
              DB_MEMBER(struct event_verify_block_row, earliest), DB_MEMBER(struct event_verify_block_row, latest));
static const struct db_record subject_params = DB_RECORD(
    struct event_verify_subject_params, DB_MEMBER(struct event_verify_subject_params, kind),
    DB_MEMBER(struct event_verify_subject_params, subject), DB_MEMBER(struct event_verify_subject_params, position),
    DB_MEMBER(struct event_verify_subject_params, count));
static const struct db_record subject =
    DB_RECORD(struct event_verify_subject_row, DB_MEMBER(struct event_verify_subject_row, subject),
              DB_MEMBER(struct event_verify_subject_row, position), DB_MEMBER(struct event_verify_subject_row, fits),
              DB_MEMBER(struct event_verify_subject_row, chain_id), DB_MEMBER(struct event_verify_subject_row, id),
              DB_MEMBER(struct event_verify_subject_row, sequence));

/* An id of nil is NULL here. */
#define FIRST_OF(table, column)                                                                                        \
    "(SELECT " column " AS chain_id FROM " table " WHERE " column " > COALESCE(:chain_id, '') ORDER BY " column        \
    " LIMIT 1)"

const struct db_statement event_verify_sql_next_chain = {
    .name = "event_verify_next_chain",
    .sql = FIRST_OF("orgd_event_chains", "id") " UNION " FIRST_OF("orgd_events", "chain_id") " UNION " FIRST_OF(
        "orgd_event_targets", "chain_id") " UNION " FIRST_OF("orgd_event_heads",
                                                             "chain_id") " ORDER BY chain_id LIMIT 1",
    .params = &params,
    .row = &next_chain,
};

const struct db_statement event_verify_sql_chain = {
    .name = "event_verify_chain",
    .sql = "SELECT " EVENT_CHAIN_COLUMNS " FROM orgd_event_chains c WHERE c.id = :chain_id",
    .params = &params,
    .row = &chain,
};

/* True if `e` is found by this subject. */
#define HAS_SUBJECT(of_kind, of_subject)                                                                               \
    "EXISTS (SELECT 1 FROM orgd_event_subjects u WHERE u.kind = " of_kind " AND u.subject = " of_subject               \
    " AND u.position = e.position)"
/* True if the row of orgd_event_blocks for the position of `e` holds its time. */
#define IS_IN_BLOCK                                                                                                    \
    "EXISTS (SELECT 1 FROM orgd_event_blocks b WHERE b.block = e.position DIV " EVENT_BLOCK_SQL                        \
    " AND e.occurred_at BETWEEN b.earliest AND b.latest)"

/* True if another event has the position of `e`. */
#define HAS_TWIN                                                                                                       \
    "EXISTS (SELECT 1 FROM orgd_events d FORCE INDEX (orgd_events_position) WHERE d.position = e.position"             \
    " AND d.id <> e.id)"

const struct db_statement event_verify_sql_events = {
    .name = "event_verify_events",
    .sql =
        "SELECT " EVENT_COLUMNS ", UNHEX(REPEAT('00', 16)) IN (e.actor_id, e.actor_credential_id, e.organization_id)"
        " AS has_nil_id"
        ", (SELECT GROUP_CONCAT(HEX(t.target_id) ORDER BY t.target_id SEPARATOR '') FROM orgd_event_targets t"
        " WHERE t.chain_id = e.chain_id AND t.occurred_at = e.occurred_at) AS target_ids"
        ", e.position = 0 OR (" HAS_SUBJECT(SUBJECT_ACTION, "e.action") " AND (e.actor_id IS NULL OR " HAS_SUBJECT(
            SUBJECT_ACTOR,
            "e.actor_id") ") AND NOT EXISTS (SELECT 1 FROM orgd_event_targets g"
                          " WHERE g.chain_id = e.chain_id AND g.occurred_at = e.occurred_at"
                          " AND NOT " HAS_SUBJECT(
                              SUBJECT_TARGET,
                              "g.target_id") ")) AS is_found, e.position = 0 OR " IS_IN_BLOCK
                                             " AS is_in_block, e.position > 0 AND " HAS_TWIN " AS has_twin"
                                             " FROM orgd_events e WHERE e.chain_id = :chain_id AND e.occurred_at > :from"
                                             " ORDER BY e.occurred_at LIMIT :count",
    .params = &params,
    .row = &event,
};

const struct db_statement event_verify_sql_stray_target = {
    .name = "event_verify_stray_target",
    .sql = "SELECT t.occurred_at FROM orgd_event_targets t WHERE t.chain_id = :chain_id AND t.occurred_at > :from"
           " AND t.occurred_at <= :to AND NOT EXISTS (SELECT 1 FROM orgd_events e WHERE e.chain_id = t.chain_id"
           " AND e.occurred_at = t.occurred_at) LIMIT 1",
    .params = &params,
    .row = &stray,
};

const struct db_statement event_verify_sql_subjects = {
    .name = "event_verify_subjects",
    .sql = "SELECT u.subject, u.position, e.chain_id, e.id, e.sequence, COALESCE(CASE u.kind"
           " WHEN " SUBJECT_ACTION " THEN e.action = u.subject WHEN " SUBJECT_ACTOR " THEN e.actor_id = u.subject"
           " ELSE EXISTS (SELECT 1 FROM orgd_event_targets g WHERE g.target_id = u.subject"
           " AND g.chain_id = e.chain_id AND g.occurred_at = e.occurred_at) END, FALSE) AS fits"
           " FROM orgd_event_subjects u FORCE INDEX (PRIMARY) STRAIGHT_JOIN orgd_events e ON e.position = u.position"
           " WHERE u.kind = :kind AND (u.subject > :subject OR (u.subject = :subject AND u.position > :position))"
           " ORDER BY u.subject, u.position LIMIT :count",
    .params = &subject_params,
    .row = &subject,
};

const struct db_statement event_verify_sql_blocks = {
    .name = "event_verify_blocks",
    .sql = "SELECT block, earliest, latest FROM orgd_event_blocks WHERE block >= :block ORDER BY block LIMIT :count",
    .params = &block_params,
    .row = &block,
};
