/* What the database account may do that is used: too little for a worker, or more than one needs. It tries, on no row.
 *
 *     struct rights rights;
 *
 *     if (rights_check(call, &rights, err) < 0)
 *         return -1;
 */
#ifndef ORGD_RIGHTS_H
#define ORGD_RIGHTS_H

#include "domain/call.h"

struct rights {
    const char *missing_table; /* that does not exist; NULL: none */
    const char *lacking_table; /* that a worker could not use; NULL: none */
    const char *cause;         /* why not, as the database says it; in the arena */
    bool may_administer;       /* make a superuser, or change the record of the migrations: no worker needs that */
};

/* Finds the first fault of each kind. Fails with ERR_UNAVAILABLE if the database goes away meanwhile. */
int rights_check(const struct call *call, struct rights *out, struct error *err) NODISCARD;

#endif
