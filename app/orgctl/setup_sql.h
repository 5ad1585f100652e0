/* The statements of `orgctl setup`. */
#ifndef ORGCTL_SETUP_SQL_H
#define ORGCTL_SETUP_SQL_H

/* What application-role.sql is to begin with: the database of the connection. */
extern const char setup_set_database[];

/* Templates of setup_fill(): the database, and the workers' account with the role of application-role.sql. */
extern const char setup_create_database[];
extern const char setup_create_account[];

#endif
