/* The statements that a new connection runs about a broken one, whose session may still be running on the server. */
#ifndef ORGD_DB_CONNECTION_SQL_H
#define ORGD_DB_CONNECTION_SQL_H

#include "db_statement.h"

/* The user lock that identifies a session: the session takes it when it starts, and loses it when it ends. The number
 * of the connection would not do: after a restart of the server another session has it. */
struct connection_params {
    struct text lock;
};

/* Ends the session, or fails with ERR_NOT_FOUND if it has ended. Nobody needs a right to end their own sessions. */
extern const struct db_statement connection_end;

#endif
