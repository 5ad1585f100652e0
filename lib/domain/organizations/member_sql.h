/* The statements of member.c. */
#ifndef ORGD_MEMBER_SQL_H
#define ORGD_MEMBER_SQL_H

#include "db/db_statement.h"
#include "member.h"

struct member_params {
    struct id organization_id;
    struct id account_id;
    int64_t role; /* enum role */
};

extern const struct db_statement member_sql_add;
extern const struct db_statement member_sql_set;
extern const struct db_statement member_sql_remove;
extern const struct db_statement member_sql_list;

#endif
