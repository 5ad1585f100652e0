#include "subscription_sql.h"

static const struct db_record params =
    DB_RECORD(struct subscription_params, DB_MEMBER(struct subscription_params, organization_id),
              DB_MEMBER(struct subscription_params, status), DB_MEMBER(struct subscription_params, trial_end));

static const struct db_record row =
    DB_RECORD(struct subscription_row, DB_MEMBER_AS("name", struct subscription_row, organization),
              DB_MEMBER(struct subscription_row, status), DB_MEMBER(struct subscription_row, trial_end));

const struct db_statement subscription_sql_lock = {
    .name = "subscription_lock",
    .sql = "SELECT name, subscription_status + 0 AS status, trial_end FROM orgd_organizations"
           " WHERE id = :organization_id AND ended IS NULL FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement subscription_sql_set = {
    .name = "subscription_set",
    .sql = "UPDATE orgd_organizations SET subscription_status = :status, trial_end = :trial_end"
           " WHERE id = :organization_id AND ended IS NULL",
    .params = &params,
};
