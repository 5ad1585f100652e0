/* The statements about service accounts. */
#ifndef ORGD_SERVICE_ACCOUNT_SQL_H
#define ORGD_SERVICE_ACCOUNT_SQL_H

#include "domain/access/access_sql.h"
#include "service_account.h"

struct service_account_params {
    struct credential caller;
    struct id organization_id;
    struct id service_account_id; /* nil: it is found by its name */
    struct text name_key;
};

/* The caller, the organization, and its service account; a nil id: there is none. */
struct service_account_row {
    struct access_row access;
    struct account account;
    int64_t mask; /* what it holds */
};

CALLER_STATEMENTS(service_account_sql_see);
extern const struct db_statement service_account_sql_see_as_operator;

struct service_account_list_params {
    struct credential caller;
    struct id organization_id;
    struct text name_key;
    struct text search;
    struct text search_key;
    struct id after;
    int64_t offset;
    int64_t limit;
};

struct service_account_list_row {
    struct listing_row listing;
    struct account account;
};

CALLER_STATEMENTS(service_account_sql_list);

extern const struct db_statement service_account_sql_count;

#endif
