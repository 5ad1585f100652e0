/* What a worker noticed of a credential the last time. By a guess it chooses the statement that will probably do; what
 * is true, the statement says. */
#ifndef ORGD_HINTS_H
#define ORGD_HINTS_H

#include "base/id.h"

struct guess {
    struct id credential;
    struct id account_id; /* nil if not known */
    bool lists_something; /* the plain list, as a member */
};

/* What is remembered of a credential; all zero if nothing is. */
const struct guess *guess_about(const struct id *credential);

/* The same to write to; what another credential had in its place is forgotten. */
struct guess *guess_to_note(const struct id *credential);

/* For tests: nothing has been noticed yet. */
void guess_forget_all(void);

#endif
