#include "device_sql.h"

static const struct db_field insert_params[] = {
    DB_FIELD(struct device_params, id),          DB_FIELD(struct device_params, digest),
    DB_FIELD(struct device_params, user_digest), DB_FIELD(struct device_params, client),
    DB_FIELD(struct device_params, device),      DB_FIELD(struct device_params, user_agent),
    DB_FIELD(struct device_params, address),     DB_FIELD(struct device_params, interval_s),
    DB_FIELD(struct device_params, expires),
};

const struct db_statement device_sql_insert = {
    .name = "device_insert",
    .sql =
        "INSERT INTO device_codes (id, digest, user_digest, client, device, user_agent, address, poll_interval, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    DB_PARAMS(insert_params),
    .is_repeatable = true,
};

static const struct db_field columns[] = {
    DB_FIELD(struct device_row, id),
    DB_FIELD(struct device_row, digest),
    DB_FIELD(struct device_row, client),
    DB_FIELD(struct device_row, device),
    DB_FIELD(struct device_row, user_agent),
    DB_FIELD(struct device_row, address),
    DB_FIELD(struct device_row, status),
    DB_FIELD(struct device_row, account_id),
    DB_FIELD(struct device_row, account_is_active),
    DB_FIELD(struct device_row, session_id),
    DB_FIELD(struct device_row, interval_s),
    DB_FIELD(struct device_row, polled),
    DB_FIELD(struct device_row, expires),
};

#define SELECT                                                                                                         \
    "SELECT d.id, d.digest, d.client, d.device, d.user_agent, d.address, d.status + 0, d.account_id, a.is_active,"     \
    " d.session_id, d.poll_interval, d.polled, d.expires"                                                              \
    " FROM device_codes d LEFT JOIN accounts a ON a.id = d.account_id"

static const struct db_field user_code_params[] = {
    DB_FIELD(struct device_params, user_digest),
    DB_FIELD(struct device_params, now),
};

const struct db_statement device_sql_find_by_user_code = {
    .name = "device_find_by_user_code",
    .sql = SELECT " WHERE d.user_digest = ? AND d.status = 'pending' AND d.expires > ?",
    DB_PARAMS(user_code_params),
    DB_COLUMNS(struct device_row, columns),
};

static const struct db_field id_params[] = {DB_FIELD(struct device_params, id)};

const struct db_statement device_sql_find_for_update = {
    .name = "device_find_for_update",
    .sql = SELECT " WHERE d.id = ? FOR UPDATE",
    DB_PARAMS(id_params),
    DB_COLUMNS(struct device_row, columns),
};

static const struct db_field decide_params[] = {
    DB_FIELD(struct device_params, status),     DB_FIELD(struct device_params, account_id),
    DB_FIELD(struct device_params, session_id), DB_FIELD(struct device_params, id),
    DB_FIELD(struct device_params, now),
};

const struct db_statement device_sql_decide = {
    .name = "device_decide",
    .sql = "UPDATE device_codes SET status = ?, account_id = ?, session_id = ?"
           " WHERE id = ? AND status = 'pending' AND expires > ?",
    DB_PARAMS(decide_params),
    .is_repeatable = true,
};

static const struct db_field note_poll_params[] = {
    DB_FIELD(struct device_params, interval_s),
    DB_FIELD(struct device_params, now),
    DB_FIELD(struct device_params, id),
};

const struct db_statement device_sql_note_poll = {
    .name = "device_note_poll",
    .sql = "UPDATE device_codes SET poll_interval = ?, polled = ? WHERE id = ?",
    DB_PARAMS(note_poll_params),
};

const struct db_statement device_sql_use = {
    .name = "device_use",
    .sql = "UPDATE device_codes SET status = 'used' WHERE id = ?",
    DB_PARAMS(id_params),
};
