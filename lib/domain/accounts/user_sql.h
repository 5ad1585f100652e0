/* The statements of user.h. */
#ifndef ORGD_USER_SQL_H
#define ORGD_USER_SQL_H

#include "account_sql.h"
#include "user.h"

struct user_params {
    struct credential caller;
    struct id id;
    int64_t member_readers; /* what gives member:read, as bits of a mask */
};

/* The caller, and the account that it sees; a nil id: it sees none. */
struct user_row {
    struct caller_row caller;
    struct account account;
};

CALLER_STATEMENTS(user_sql_self);
CALLER_STATEMENTS(user_sql_get);

struct user_list_params {
    struct credential caller;
    int64_t member_readers;
    struct id user_id;
    struct text username_key;
    struct text email;
    int64_t standing; /* 0: whoever; 1: who is active; 2: who is not */
    struct text oauth_provider;
    struct text oauth_id;
    struct text key_pattern; /* for LIKE, with | as the escape: of the key of a user name */
    struct text pattern;     /* and of a name or an address */
    struct id after;
    int64_t offset;
    int64_t limit;
    int64_t end; /* the sum of these two */
};

/* A page, by what leads to the accounts of a superuser. Each row has the caller; an empty page is one row, whose
 * account has the nil id. All filters count in each. */
CALLER_STATEMENTS(user_sql_list);          /* all accounts, in their order */
CALLER_STATEMENTS(user_sql_list_found);    /* user_id, username or email; with one of these others find, too */
CALLER_STATEMENTS(user_sql_list_searched); /* search */
CALLER_STATEMENTS(user_sql_list_external); /* oauth_provider or oauth_id */

struct user_count_row {
    int64_t total;
};

/* How many there are on all pages. */
CALLER_STATEMENTS(user_sql_count);
CALLER_STATEMENTS(user_sql_count_found);
CALLER_STATEMENTS(user_sql_count_searched);
CALLER_STATEMENTS(user_sql_count_external);

#endif
