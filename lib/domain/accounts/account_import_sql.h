/* The statement of account_import.c. */
#ifndef ORGD_ACCOUNT_IMPORT_SQL_H
#define ORGD_ACCOUNT_IMPORT_SQL_H

#include "account_import.h"
#include "db/db_statement.h"

extern const struct db_statement account_import_sql_export; /* in rows of struct account_import */

#endif
