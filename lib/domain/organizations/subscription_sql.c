#include "subscription_sql.h"

static const struct db_record params =
    DB_RECORD(struct subscription_params, DB_MEMBER(struct subscription_params, organization_id),
              DB_MEMBER(struct subscription_params, status), DB_MEMBER(struct subscription_params, trial_end));

const struct db_statement subscription_sql_set = {
    .name = "subscription_set",
    .sql = "UPDATE orgd_organizations SET subscription_status = :status, trial_end = COALESCE(:trial_end, trial_end)"
           " WHERE id = :organization_id AND ended IS NULL",
    .params = &params,
};
