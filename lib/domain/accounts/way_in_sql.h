/* The statements of way_in.h. */
#ifndef ORGD_WAY_IN_SQL_H
#define ORGD_WAY_IN_SQL_H

#include "domain/access/caller_sql.h"
#include "way_in.h"

struct way_in_params {
    struct credential caller;
    struct id account_id;
    struct id id;
    struct text kind;
    struct timestamp now;
    struct id after;
    int64_t offset;
    int64_t limit;
};

/* Each row has the caller; an empty page is one row, whose id is nil. */
struct way_in_row {
    struct caller_row caller;
    struct way_in way_in;
    int64_t total;
};

CALLER_STATEMENTS(way_in_sql_list);
extern const struct db_statement way_in_sql_list_all;   /* in rows of struct way_in */
extern const struct db_statement way_in_sql_find_owner; /* in a row of struct way_in_owner */
extern const struct db_statement way_in_sql_end;        /* of the account */

#endif
