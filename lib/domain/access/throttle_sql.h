/* The statements of throttle.c. */
#ifndef ORGD_THROTTLE_SQL_H
#define ORGD_THROTTLE_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct attempts_params {
    struct digest bucket;
    int64_t failures;
    struct timestamp now;
    struct timestamp stale; /* a wait that began before has ended */
};

struct attempts_row {
    int64_t failures;
    struct timestamp last;
};

extern const struct db_statement throttle_sql_ensure; /* a row for the bucket, which is locked then */
extern const struct db_statement throttle_sql_read;
extern const struct db_statement throttle_sql_await; /* a row for a wait, which begins now unless it has begun */
extern const struct db_statement throttle_sql_look;
extern const struct db_statement throttle_sql_write;
extern const struct db_statement throttle_sql_forgive;
extern const struct db_statement throttle_sql_give_back;

#endif
