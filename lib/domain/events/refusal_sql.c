#include "refusal_sql.h"

#define MEMBER(name) DB_MEMBER(struct refusal_row, name)
#define KEPT                                                                                                           \
    MEMBER(subject_id), MEMBER(action), MEMBER(began), MEMBER(pending), MEMBER(reason), MEMBER(subject_name),          \
        MEMBER(account_id), MEMBER(account_name), MEMBER(organization_id), MEMBER(organization_name),                  \
        MEMBER(request_id), MEMBER(address), MEMBER(user_agent)

static const struct db_record params = DB_RECORD(struct refusal_row, KEPT, MEMBER(now), MEMBER(since));
static const struct db_record row = DB_RECORD(struct refusal_row, KEPT);
static const struct db_record place = DB_RECORD(struct refusal_row, MEMBER(subject_id), MEMBER(action));

static const struct db_record refused_params =
    DB_RECORD(struct refused_params, DB_MEMBER(struct refused_params, id), DB_MEMBER(struct refused_params, is_token),
              DB_MEMBER(struct refused_params, account_id), DB_MEMBER(struct refused_params, digest),
              DB_MEMBER(struct refused_params, presented));
static const struct db_record refused_row =
    DB_RECORD(struct refused_row, DB_MEMBER(struct refused_row, kind), DB_MEMBER(struct refused_row, reason),
              DB_MEMBER(struct refused_row, name), DB_MEMBER(struct refused_row, account_id),
              DB_MEMBER(struct refused_row, account_name), DB_MEMBER(struct refused_row, organization_id),
              DB_MEMBER(struct refused_row, organization_name));

/* Nobody finds a row without its secret, or a token that we have signed. */
const struct db_statement refusal_sql_credential = {
    .name = "refusal_credential",
    .sql = "SELECT c.kind, c.name, a.id AS account_id, a.name AS account_name, o.id AS organization_id,"
           " o.name AS organization_name, CASE WHEN c.account_is_active IS NULL OR a.ended IS NOT NULL THEN 'ended'"
           " WHEN NOT c.is_active THEN 'deactivated' WHEN NOT c.account_is_active THEN 'account_deactivated'"
           " WHEN o.ended IS NOT NULL THEN 'organization_ended' WHEN c.expires <= :presented THEN 'expired'"
           " ELSE 'superseded' END AS reason"
           " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id"
           " LEFT JOIN orgd_organizations o ON o.id = c.organization_id"
           " WHERE c.id = :id AND c.kind IN ('api_key', 'personal_token', 'grant') AND (c.secret_digest = :digest"
           " OR c.retained_digest = :digest OR (:is_token AND c.account_id = :account_id))",
    .params = &refused_params,
    .row = &refused_row,
};

/* The last refusal of an event says from where. */
#define OF_LAST                                                                                                        \
    "reason = :reason, subject_name = :subject_name, account_id = :account_id, account_name = :account_name,"          \
    " organization_id = :organization_id, organization_name = :organization_name, request_id = :request_id,"           \
    " address = :address, user_agent = :user_agent"
#define WHERE_ITS " WHERE subject_id = :subject_id AND action = :action"

const struct db_statement refusal_sql_count = {
    .name = "refusal_count",
    .sql = "UPDATE orgd_event_refusals SET pending = pending + 1, " OF_LAST WHERE_ITS " AND began > :since",
    .params = &params,
};

const struct db_statement refusal_sql_ensure = {
    .name = "refusal_ensure",
    .sql = "INSERT INTO orgd_event_refusals (subject_id, action, began, pending)"
           " VALUES (:subject_id, :action, '2000-01-01', 0) ON DUPLICATE KEY UPDATE pending = pending",
    .params = &params,
};

const struct db_statement refusal_sql_find_for_update = {
    .name = "refusal_find_for_update",
    .sql = "SELECT subject_id, action, began, pending, reason, subject_name, account_id, account_name,"
           " organization_id, organization_name, request_id, address, user_agent"
           " FROM orgd_event_refusals" WHERE_ITS " FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement refusal_sql_begin = {
    .name = "refusal_begin",
    .sql = "UPDATE orgd_event_refusals SET began = :now, pending = 0, " OF_LAST WHERE_ITS,
    .params = &params,
};

const struct db_statement refusal_sql_list = {
    .name = "refusal_list",
    .sql =
        "SELECT subject_id, action FROM orgd_event_refusals WHERE began <= :since ORDER BY began LIMIT " REFUSAL_PIECE_SQL,
    .params = &params,
    .row = &place,
};

const struct db_statement refusal_sql_forget = {
    .name = "refusal_forget",
    .sql = "DELETE FROM orgd_event_refusals WHERE began <= :since AND pending = 0 ORDER BY began LIMIT 500",
    .params = &params,
    .is_repeatable = true,
};
