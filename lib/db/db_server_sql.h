/* The statement of db_server.c. */
#ifndef ORGD_DB_SERVER_SQL_H
#define ORGD_DB_SERVER_SQL_H

#include "db_server.h"
#include "db_statement.h"

extern const struct db_statement server_read; /* its row is a struct db_server */

#endif
