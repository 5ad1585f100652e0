/* What a worker noticed about a credential the last time. It is only a guess, which helps to choose the statement that
 * will probably do. The statement says what is true. */
#ifndef ORGD_HINTS_H
#define ORGD_HINTS_H

#include "caller.h"

struct guess {
    struct id credential;
    struct id account_id; /* nil if unknown */
    bool lists_something; /* the plain list, as a member */
};

/* Returns what is remembered about a credential; all zero if nothing is. */
const struct guess *guess_about(const struct id *credential);

/* The same, for writing. Forgets what was remembered about another credential in its place. */
struct guess *guess_to_note(const struct id *credential);

/* Returns the account that a credential belongs to, which its token says or the last request has shown; nil if neither.
 */
const struct id *guess_account(const struct credential *credential);

/* For tests: forgets everything. */
void guess_forget_all(void);

#endif
