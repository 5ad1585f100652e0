#include "event_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_params, DB_MEMBER(struct event_params, chain_id), DB_MEMBER(struct event_params, id),
              DB_MEMBER(struct event_params, action), DB_MEMBER(struct event_params, actor_type),
              DB_MEMBER(struct event_params, actor_id), DB_MEMBER(struct event_params, actor_name),
              DB_MEMBER(struct event_params, actor_credential_id), DB_MEMBER(struct event_params, organization_id),
              DB_MEMBER(struct event_params, organization_name), DB_MEMBER(struct event_params, targets),
              DB_MEMBER(struct event_params, request_id), DB_MEMBER(struct event_params, address),
              DB_MEMBER(struct event_params, user_agent), DB_MEMBER(struct event_params, changes),
              DB_MEMBER(struct event_params, count), DB_MEMBER(struct event_params, now),
              DB_MEMBER(struct event_params, content_head), DB_MEMBER(struct event_params, content_tail),
              DB_MEMBER(struct event_params, target_id));
static const struct db_record found = DB_RECORD(struct event_found_row, DB_MEMBER(struct event_found_row, is_there));

/* The name as it is now. Of who has no account, C knows it. */
#define ACTOR_NAME "COALESCE(:actor_name, (SELECT a.name FROM orgd_accounts a WHERE a.id = :actor_id))"

/* A JSON string or null. Names have no control characters, so two characters are all that is to be escaped. */
#define ACTOR_NAME_JSON                                                                                                \
    "COALESCE(CONCAT('\"', REPLACE(REPLACE(" ACTOR_NAME ", '\\\\', '\\\\\\\\'), '\"', '\\\\\"'), '\"'), 'null')"
#define CONTENT_DIGEST "UNHEX(SHA2(CONCAT(:content_head, " ACTOR_NAME_JSON ", :content_tail), 256))"

/* Numbers in eight octets, big-endian. */
#define OCTETS(number) "UNHEX(LPAD(HEX(" number "), 16, '0'))"
#define MICROSECONDS(time) OCTETS("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " time ")")

/* The version, EVENT_VERSION, comes first. */
#define HASH(previous, sequence, time)                                                                                 \
    "UNHEX(SHA2(CONCAT(UNHEX('01'), " previous ", " OCTETS(sequence) ", " MICROSECONDS(time) ", " CONTENT_DIGEST       \
                                                                                             "), 256))"

/* MariaDB assigns from left to right, so the hash is made of the new sequence and time, and of the old hash. */
const struct db_statement event_sql_extend_chain = {
    .name = "event_extend_chain",
    .sql = "INSERT INTO orgd_event_chains (id, sequence, occurred_at, hash)"
           " VALUES (:chain_id, 1, :now, " HASH(
               "UNHEX(REPEAT('00', 32))", "1",
               ":now") ")"
                       " ON DUPLICATE KEY UPDATE sequence = sequence + 1,"
                       " occurred_at = GREATEST(:now, occurred_at + INTERVAL 1 MICROSECOND),"
                       " hash = " HASH("hash", "sequence", "occurred_at"),
    .params = &params,
};

const struct db_statement event_sql_insert = {
    .name = "event_insert",
    .sql =
        "INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, actor_name,"
        " actor_credential_id, organization_id, organization_name, targets, request_id, address, user_agent, changes,"
        " count, version, hash)"
        " SELECT c.id, c.occurred_at, c.sequence, :id, :action, :actor_type, :actor_id, " ACTOR_NAME
        ", :actor_credential_id, :organization_id, :organization_name, :targets, :request_id, :address, :user_agent,"
        " :changes, :count, 1, c.hash FROM orgd_event_chains c WHERE c.id = :chain_id",
    .params = &params,
};

const struct db_statement event_sql_insert_target = {
    .name = "event_insert_target",
    .sql = "INSERT INTO orgd_event_targets (target_id, chain_id, occurred_at)"
           " SELECT :target_id, c.id, c.occurred_at FROM orgd_event_chains c WHERE c.id = :chain_id",
    .params = &params,
};

const struct db_statement event_sql_find = {
    .name = "event_find",
    .sql = "SELECT TRUE AS is_there FROM orgd_events WHERE id = :id",
    .params = &params,
    .row = &found,
};
