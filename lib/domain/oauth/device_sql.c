#include "device_sql.h"

#include "domain/accounts/session_sql.h"

static const struct db_record params =
    DB_RECORD(struct device_params, DB_MEMBER(struct device_params, id), DB_MEMBER(struct device_params, digest),
              DB_MEMBER(struct device_params, user_digest), DB_MEMBER(struct device_params, client),
              DB_MEMBER(struct device_params, client_id), DB_MEMBER(struct device_params, device),
              DB_MEMBER(struct device_params, user_agent), DB_MEMBER(struct device_params, address),
              DB_MEMBER(struct device_params, status), DB_MEMBER(struct device_params, account_id),
              DB_MEMBER(struct device_params, session_id), DB_MEMBER(struct device_params, interval_s),
              DB_MEMBER(struct device_params, now), DB_MEMBER(struct device_params, expires));

static const struct db_record row =
    DB_RECORD(struct device_row, DB_MEMBER(struct device_row, id), DB_MEMBER(struct device_row, digest),
              DB_MEMBER(struct device_row, client), DB_MEMBER(struct device_row, client_id),
              DB_MEMBER(struct device_row, client_has_ended), DB_MEMBER(struct device_row, device),
              DB_MEMBER(struct device_row, user_agent), DB_MEMBER(struct device_row, address),
              DB_MEMBER(struct device_row, status), DB_MEMBER(struct device_row, account_id),
              DB_MEMBER(struct device_row, session_counts), DB_MEMBER(struct device_row, session_id),
              DB_MEMBER_AS("poll_interval", struct device_row, interval_s), DB_MEMBER(struct device_row, polled),
              DB_MEMBER(struct device_row, expires));

#define SELECT                                                                                                         \
    "SELECT d.id, d.digest, d.client, d.client_id,"                                                                    \
    " d.client_id IN (SELECT i.id FROM orgd_clients i WHERE i.ended IS NOT NULL) AS client_has_ended,"                 \
    " d.device, d.user_agent, d.address, d.status + 0 AS status, d.account_id,"                                        \
    " s.account_is_active AS session_counts, d.session_id, d.poll_interval, d.polled, d.expires"                       \
    " FROM orgd_device_codes d LEFT JOIN orgd_credentials s ON s.id = d.session_id"

const struct db_statement device_sql_insert = {
    .name = "device_insert",
    .sql =
        "INSERT INTO orgd_device_codes (id, digest, user_digest, client, client_id, device, user_agent, address,"
        " poll_interval, expires) SELECT :id, :digest, :user_digest, :client, k.id, :device, :user_agent, :address,"
        " :interval_s, :expires FROM (SELECT 1) one LEFT JOIN orgd_clients k ON k.id = :client_id AND k.ended IS NULL",
    .params = &params,
    .is_repeatable = true,
};

const struct db_statement device_sql_find_by_user_code = {
    .name = "device_find_by_user_code",
    .sql = SELECT " WHERE d.user_digest = :user_digest AND d.status = 'pending' AND d.expires > :now",
    .params = &params,
    .row = &row,
};

const struct db_statement device_sql_find_for_update = {
    .name = "device_find_for_update",
    .sql = SELECT " WHERE d.id = :id FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement device_sql_decide = {
    .name = "device_decide",
    .sql = "UPDATE orgd_device_codes d JOIN orgd_credentials s ON s.id = :session_id"
           " SET d.status = :status, d.account_id = s.account_id, d.session_id = s.id"
           " WHERE d.id = :id AND d.status = 'pending' AND d.expires > :now AND s.account_id = :account_id"
           " AND " SESSION_LIVES,
    .params = &params,
};

const struct db_statement device_sql_note_poll = {
    .name = "device_note_poll",
    .sql = "UPDATE orgd_device_codes SET poll_interval = :interval_s, polled = :now WHERE id = :id",
    .params = &params,
};

const struct db_statement device_sql_use = {
    .name = "device_use",
    .sql = "UPDATE orgd_device_codes SET status = 'used' WHERE id = :id",
    .params = &params,
};
