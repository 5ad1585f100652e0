/* The statements of subscription.c. */
#ifndef ORGD_SUBSCRIPTION_SQL_H
#define ORGD_SUBSCRIPTION_SQL_H

#include "db/db_statement.h"

struct subscription_params {
    struct id organization_id;
    int64_t status; /* enum subscription_status */
    struct timestamp trial_end;
};

struct subscription_row {
    struct text organization; /* its name */
    int64_t status;
    struct timestamp trial_end;
};

extern const struct db_statement subscription_sql_lock; /* in rows of subscription_row */
extern const struct db_statement subscription_sql_set;

#endif
