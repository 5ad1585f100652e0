/* What the error numbers of MariaDB, Galera and the client library mean for us. */
#ifndef ORGD_DB_FAILURE_H
#define ORGD_DB_FAILURE_H

#include "base/base.h"

/* The error that our own transactions signal: this number, plus the number of the statement. MariaDB leaves the numbers
 * from 30,000 on to applications. */
#define DB_ERROR_REFUSED 31000

enum db_failure {
    DB_FAILURE_NONE,
    DB_FAILURE_LOST,      /* the connection is gone */
    DB_FAILURE_ELSEWHERE, /* this host cannot do it now (it is read-only, or not in its cluster); another host may */
    DB_FAILURE_CONFLICT,  /* deadlock or certification conflict: the transaction may be tried again */
    DB_FAILURE_DUPLICATE, /* a unique key */
    DB_FAILURE_REFERENCE, /* a foreign key, or a session that is over */
    DB_FAILURE_REFUSED,   /* a statement of a transaction changed no row where it must: DB_ERROR_REFUSED */
    DB_FAILURE_LOCKED,    /* waited too long for a row; or, on Galera, for what the others have committed */
    DB_FAILURE_BUSY,      /* too long or full: it may work later */
    DB_FAILURE_BUG,
};

enum db_failure db_failure_of(unsigned number);

/* True if a connect failed because there are too many connections, so that waiting for those of others helps. */
bool db_failure_is_shortage(unsigned number, const char *message);

#endif
