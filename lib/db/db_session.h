/* What a session of ours is like, whatever the server's configuration says. */
#ifndef ORGD_DB_SESSION_H
#define ORGD_DB_SESSION_H

#include <mysql.h>

#include "db.h"

/* Sets every session variable that can change an answer, and takes the user lock `lock` (db_connection_sql.h). Returns
 * 0, or -1, and mysql_errno() says why. */
int db_session_start(MYSQL *connection, const struct db_options *options, const char *lock);

#endif
