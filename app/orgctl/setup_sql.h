/* The statements of `orgctl setup`. */
#ifndef ORGCTL_SETUP_SQL_H
#define ORGCTL_SETUP_SQL_H

#include "db/db_statement.h"

struct setup_number_row {
    int64_t number;
};

/* How many connections the account may have at a time; 0: any number. */
extern const struct db_statement setup_connection_limit;

/* What application-role.sql is to begin with: the database of the connection. */
extern const char setup_set_database[];

/* Templates of setup_fill(): the database, and the workers' account with the role of application-role.sql. */
extern const char setup_create_database[];
extern const char setup_create_account[];

#endif
