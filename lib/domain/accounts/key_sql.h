/* The statements of keys. */
#ifndef ORGD_KEY_SQL_H
#define ORGD_KEY_SQL_H

#include "account.h"
#include "domain/access/access_sql.h"
#include "key.h"

struct key_params {
    struct credential caller;
    struct id account_id;
    struct id organization_id; /* that has the service account, which is found by its id or by its name */
    struct text name_key;
    struct text kind;
    struct key key;
    struct digest secret;
    struct timestamp now;
    int64_t maximum; /* how many the account may have */
};

/* Who asks, whose keys it is about, and a key. */
struct key_row {
    struct caller_row caller;
    struct access_row access; /* instead, if it is about a service account of an organization */
    bool holder_is_superuser; /* the account of the caller, whatever the credential lets it do */
    struct account account;   /* whose keys: what events say about it */
    int64_t mask;             /* what a service account holds */
    int64_t key_count;        /* if no key is asked for */
    struct key key;           /* a nil id: there is none */
};

/* Read the caller's account, and the key :id of it; all keys of it, by their creation. */
CALLER_STATEMENTS(key_sql_see_own);
CALLER_STATEMENTS(key_sql_list_own);
/* The same of the service account of the organization :organization_id. */
CALLER_STATEMENTS(key_sql_see_in_organization);
CALLER_STATEMENTS(key_sql_list_in_organization);
/* The same for operators, who name the account or the key alone; and all keys of an account, by name. */
extern const struct db_statement key_sql_see_as_operator;
extern const struct db_statement key_sql_list;

extern const struct db_statement key_sql_lock; /* the row of the key :id, in a transaction that locks */

/* Change a row if the caller counts still, and the row is as it was read. What else the caller needs in an organization
 * is read behind the lock of its chain (event_lock_chain()). */
CALLER_STATEMENTS(key_sql_insert);
CALLER_STATEMENTS(key_sql_update);
CALLER_STATEMENTS(key_sql_rotate);
CALLER_STATEMENTS(key_sql_end);
extern const struct db_statement key_sql_insert_as_operator;
extern const struct db_statement key_sql_update_as_operator;
extern const struct db_statement key_sql_rotate_as_operator;
extern const struct db_statement key_sql_end_as_operator;

#endif
