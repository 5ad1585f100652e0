#include "event_sql.h"

#include "event_row_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_params, EVENT_ROW_MEMBERS(struct event_params, event), DB_MEMBER(struct event_params, now),
              DB_MEMBER(struct event_params, content_head), DB_MEMBER(struct event_params, content_tail),
              DB_MEMBER(struct event_params, hash_head), DB_MEMBER(struct event_params, target_id));
static const struct db_record found = DB_RECORD(struct event_found_row, DB_MEMBER(struct event_found_row, is_there));

/* The statements of one event hand values on in variables of the session: an INSERT of a SELECT would cost several
 * times as much. The name is the account's as it is now; of who has no account, C knows it. */
const struct db_statement event_sql_name_actor = {
    .name = "event_name_actor",
    .sql = "SELECT COALESCE(:actor_name, MAX(a.name)) INTO " EVENT_ACTOR_NAME " FROM orgd_accounts a"
           " WHERE a.id = :actor_id",
    .params = &params,
};

/* Names have no control characters, so the server's JSON is the canonical one. */
#define CONTENT_DIGEST                                                                                                 \
    "UNHEX(SHA2(CONCAT(:content_head, COALESCE(JSON_QUOTE(" EVENT_ACTOR_NAME "), 'null'), :content_tail), 256))"

/* Numbers in eight octets, big-endian. */
#define OCTETS(number) "UNHEX(LPAD(HEX(" number "), 16, '0'))"
#define MICROSECONDS(time) OCTETS("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " time ")")

/* Makes the hash of version 1 (event_content.c). */
#define HASH(head, content) "(@orgd_hash := UNHEX(SHA2(CONCAT(" head ", " content "), 256)))"

/* The first event of a chain. Its number, its time and the hash before it are known without reading anything: if the
 * chain is there already, the primary key lets this row not in. */
#define BEGIN(content)                                                                                                 \
    "INSERT INTO orgd_event_chains (id, sequence, occurred_at, hash)"                                                  \
    " VALUES (:chain_id, @orgd_sequence := 1, @orgd_time := :now, " HASH("UNHEX(:hash_head)", content) ")"

const struct db_statement event_sql_begin_chain = {
    .name = "event_begin_chain",
    .sql = BEGIN(CONTENT_DIGEST),
    .params = &params,
};

/* MariaDB assigns from left to right, so the hash is made of the new sequence and time, and of the old hash. */
#define EXTEND                                                                                                         \
    " ON DUPLICATE KEY UPDATE sequence = (@orgd_sequence := sequence + 1),"                                            \
    " occurred_at = (@orgd_time := GREATEST(:now, occurred_at + INTERVAL 1 MICROSECOND)),"                             \
    " hash = " HASH("UNHEX('01'), hash, " OCTETS("sequence") ", " MICROSECONDS("occurred_at"), "@orgd_content")

/* If the chain is there already, the second values replace the first ones. */
const struct db_statement event_sql_extend_chain = {
    .name = "event_extend_chain",
    .sql = BEGIN("@orgd_content := " CONTENT_DIGEST) EXTEND,
    .params = &params,
};

const struct db_statement event_sql_insert = {
    .name = "event_insert",
    .sql =
        "INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, actor_name,"
        " actor_credential_id, organization_id, organization_name, targets, request_id, address, user_agent, changes,"
        " count, version, hash)"
        " VALUES (:chain_id, @orgd_time, @orgd_sequence, :id, :action, :actor_type, :actor_id, " EVENT_ACTOR_NAME ","
        " :actor_credential_id, :organization_id, :organization_name, :targets, :request_id, :address, :user_agent,"
        " :changes, :count, 1, @orgd_hash)",
    .params = &params,
};

const struct db_statement event_sql_insert_target = {
    .name = "event_insert_target",
    .sql = "INSERT INTO orgd_event_targets (target_id, chain_id, occurred_at)"
           " VALUES (:target_id, :chain_id, @orgd_time)",
    .params = &params,
};

const struct db_statement event_sql_find = {
    .name = "event_find",
    .sql = "SELECT TRUE AS is_there FROM orgd_events WHERE id = :id",
    .params = &params,
    .row = &found,
};

const struct db_statement event_sql_lock_chain = {
    .name = "event_lock_chain",
    .sql = "SELECT TRUE AS is_there FROM orgd_event_chains WHERE id = :chain_id FOR UPDATE",
    .params = &params,
    .row = &found,
};
