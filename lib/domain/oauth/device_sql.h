/* The statements of device.c. */
#ifndef ORGD_DEVICE_SQL_H
#define ORGD_DEVICE_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

/* In the order of the ENUM device_codes.status, which numbers from 1. */
enum device_status { STATUS_NONE, STATUS_PENDING, STATUS_APPROVED, STATUS_DENIED, STATUS_USED };

struct device_params {
    struct id id;
    struct digest digest;
    struct digest user_digest;
    struct text client;
    struct id client_id;
    struct id device;
    struct text user_agent;
    struct text address;
    int64_t status;
    struct id account_id;
    struct id session_id;
    int64_t interval_s;
    struct timestamp now;
    struct timestamp expires;
};

struct device_row {
    struct id id;
    struct digest digest;
    struct text client;
    struct id client_id; /* nil: it was not registered */
    bool client_has_ended;
    struct id device;
    struct text user_agent;
    struct text address;
    int64_t status;
    struct id account_id;
    bool session_counts; /* of the decision: it has not ended, and its account is active */
    struct id session_id;
    int64_t interval_s;
    struct timestamp polled;
    struct timestamp expires;
};

extern const struct db_statement device_sql_insert;
extern const struct db_statement device_sql_find_by_user_code;
extern const struct db_statement device_sql_find_for_update;
extern const struct db_statement device_sql_decide;
extern const struct db_statement device_sql_note_poll;
extern const struct db_statement device_sql_use;

#endif
