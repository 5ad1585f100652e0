/* The statements of keys. */
#ifndef ORGD_KEY_SQL_H
#define ORGD_KEY_SQL_H

#include "account.h"
#include "domain/access/caller_sql.h"
#include "key.h"

struct key_params {
    struct credential caller;
    struct id account_id;
    struct text kind;
    struct key key;
    struct digest secret;
    struct timestamp now;
};

/* Who asks, whose keys it is about, and a key. */
struct key_row {
    struct caller_row caller;
    bool holder_is_superuser; /* the account of the caller, whatever the credential lets it do */
    struct account account;   /* whose keys: what events say about it */
    int64_t key_count;        /* if no key is asked for */
    struct key key;           /* a nil id: there is none */
};

/* Read the caller's account, and the key :id of it; all keys of it, by their creation. */
CALLER_STATEMENTS(key_sql_see_own);
CALLER_STATEMENTS(key_sql_list_own);
/* The same for operators, who name the account or the key alone; and all keys of an account, by name. */
extern const struct db_statement key_sql_see_as_operator;
extern const struct db_statement key_sql_list;

extern const struct db_statement key_sql_lock; /* the row of the key :id, in a transaction that locks */

/* Change a row if the caller counts still, and the row is as it was read. */
CALLER_STATEMENTS(key_sql_insert);
CALLER_STATEMENTS(key_sql_update);
CALLER_STATEMENTS(key_sql_rotate);
CALLER_STATEMENTS(key_sql_end);
extern const struct db_statement key_sql_insert_as_operator;
extern const struct db_statement key_sql_update_as_operator;
extern const struct db_statement key_sql_rotate_as_operator;
extern const struct db_statement key_sql_end_as_operator;

#endif
