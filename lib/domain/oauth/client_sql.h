/* The statements of client.c. */
#ifndef ORGD_CLIENT_SQL_H
#define ORGD_CLIENT_SQL_H

#include "client.h"

struct client_params {
    struct client client;
    struct text name_key;
    struct text claimed_name; /* in the form of keys */
    struct timestamp now;
};

struct client_number_row {
    int64_t number;
};

extern const struct db_statement client_sql_find;
extern const struct db_statement client_sql_lock;
extern const struct db_statement client_sql_find_named_in;
extern const struct db_statement client_sql_list;
extern const struct db_statement client_sql_insert_confidential;
extern const struct db_statement client_sql_insert_public;
extern const struct db_statement client_sql_end;

#endif
