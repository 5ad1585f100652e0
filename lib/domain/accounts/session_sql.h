/* The statements of session.c. */
#ifndef ORGD_SESSION_SQL_H
#define ORGD_SESSION_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

struct session_params {
    struct id id;
    struct id account_id;
    struct text name_key;
    struct text hash;
    struct text old_hash;
    struct digest secret;
    struct timestamp now;
    struct timestamp expires;
};

struct session_person_row {
    struct id account_id;
    bool is_active;
    struct text hash;
};

struct session_row {
    struct id id;
    struct id account_id;
    struct text username;
    struct digest secret;
};

extern const struct db_statement session_sql_person;
extern const struct db_statement session_sql_insert;
extern const struct db_statement session_sql_find;
extern const struct db_statement session_sql_delete;
extern const struct db_statement session_sql_delete_grants;
extern const struct db_statement session_sql_upgrade_hash;
extern const struct db_statement session_sql_set_hash;
extern const struct db_statement session_sql_end_all;

#endif
