/* The statement of account.c. */
#ifndef ORGD_ACCOUNT_SQL_H
#define ORGD_ACCOUNT_SQL_H

#include "domain/access/caller.h"

struct account_params {
    struct id credential;
};

struct account_row {
    struct caller_row caller;
    struct id organization_id;
    bool is_service;
    struct text name;
    struct text email;
    struct text full_name;
};

extern const struct db_statement account_sql_of_credential;

#endif
