/* The statements of purge.c. */
#ifndef ORGD_PURGE_SQL_H
#define ORGD_PURGE_SQL_H

#include "db/db_statement.h"

struct purge_params {
    struct timestamp expires; /* before it */
};

extern const struct db_statement purge_sql_credentials;
extern const struct db_statement purge_sql_codes;
extern const struct db_statement purge_sql_devices;
extern const struct db_statement purge_sql_attempts;

#endif
