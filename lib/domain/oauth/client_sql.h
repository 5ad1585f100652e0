/* The statements of client.c. */
#ifndef ORGD_CLIENT_SQL_H
#define ORGD_CLIENT_SQL_H

#include "client.h"

struct client_params {
    struct client client;
    struct text id_text;
    struct text name_key;
};

extern const struct db_statement client_sql_find;
extern const struct db_statement client_sql_list;
extern const struct db_statement client_sql_insert_confidential;
extern const struct db_statement client_sql_insert_public;
extern const struct db_statement client_sql_delete;
extern const struct db_statement client_sql_delete_grants;

#endif
