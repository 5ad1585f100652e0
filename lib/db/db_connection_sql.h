/* What a connection does to one that broke, and whose session may still be at work on the server. */
#ifndef ORGD_DB_CONNECTION_SQL_H
#define ORGD_DB_CONNECTION_SQL_H

#include "db_statement.h"

/* The user lock that each session takes when it starts and loses when it is over, whatever it was at: by that it is
 * known, and not by its number, which another has after a restart of the server. */
struct connection_params {
    struct text lock;
};

/* Ends the session; ERR_NOT_FOUND if it is over. One's own sessions one may end without any right. */
extern const struct db_statement connection_end;

#endif
