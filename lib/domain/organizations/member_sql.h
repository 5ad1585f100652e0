/* The statements of member.c. */
#ifndef ORGD_MEMBER_SQL_H
#define ORGD_MEMBER_SQL_H

#include "db/db_statement.h"
#include "member.h"

struct member_params {
    struct id organization_id;
    struct id account_id;
    int64_t own_roles; /* ROLE_BIT()s */
};

/* What there is of a member, or of who may become one. */
struct member_state_row {
    struct text organization; /* its name */
    struct text name;
    bool is_service;
    bool is_owner;
    bool is_member;
    int64_t own_roles; /* ROLE_BIT()s */
    struct text role;  /* the same, by their names */
};

extern const struct db_statement member_sql_lock; /* in rows of member_state_row */
extern const struct db_statement member_sql_set;
extern const struct db_statement member_sql_remove;
extern const struct db_statement member_sql_list;

#endif
