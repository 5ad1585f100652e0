/* The statements of session.c. */
#ifndef ORGD_SESSION_SQL_H
#define ORGD_SESSION_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

/* A condition on a credential `s`: it is a session in which somebody is signed in at :now. */
#define SESSION_LIVES "s.kind = 'session' AND s.is_active AND s.account_is_active AND s.expires > :now"

/* Who signs in as :name_key: the id of the user. The key of an address is made as that of a name is. Only who has
 * verified the address may have it as a name, but for names that are older than this rule: then it means whoever has
 * verified it. */
#define SESSION_CALLED                                                                                                 \
    "COALESCE((SELECT e.id FROM orgd_accounts e WHERE e.email_key = :name_key AND e.kind = 'user'),"                   \
    " (SELECT u.id FROM orgd_accounts u WHERE u.name_key = :name_key AND u.kind = 'user'))"

struct session_params {
    struct id id;
    struct id account_id;
    struct id previous_id;
    struct text name_key;
    struct text hash;
    int64_t cost; /* of the hash (password.h) */
    struct text verified_hash;
    struct digest secret;
    struct timestamp now;
    struct timestamp expires;
};

struct session_person_row {
    struct id account_id;
    struct text username;
    bool is_active;
    struct text hash;
    struct text costliest; /* the beginning of the costliest hash that anybody has */
};

struct session_row {
    struct id id;
    struct id account_id;
    struct text username;
    struct digest secret;
    bool is_open; /* nobody has ended it; it may have expired */
};

extern const struct db_statement session_sql_person;
extern const struct db_statement session_sql_find;
extern const struct db_statement session_sql_find_any; /* even one that has expired */

/* Signing in */
extern const struct db_statement session_sql_use_password; /* changes no row if it is not the verified one any more */
extern const struct db_statement session_sql_insert;
extern const struct db_statement session_sql_end_oldest; /* so that an account has 50 */
extern const struct db_statement
    session_sql_take_over_grants; /* of the previous session, if the same person gave them */

/* Ending one session, in this order. After the first, nothing can be granted in it any more. */
extern const struct db_statement session_sql_end;
extern const struct db_statement session_sql_end_grants;

/* Ending all of an account, in this order */
extern const struct db_statement session_sql_end_links; /* that were mailed */
extern const struct db_statement session_sql_end_all;
extern const struct db_statement session_sql_end_all_grants;
extern const struct db_statement session_sql_end_tokens; /* of what stays: keys and personal access tokens */

extern const struct db_statement session_sql_set_hash;

#endif
