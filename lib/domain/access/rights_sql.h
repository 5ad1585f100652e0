/* The statements of rights.c. They change no row. */
#ifndef ORGD_RIGHTS_SQL_H
#define ORGD_RIGHTS_SQL_H

#include "db/db_statement.h"
#include "rights.h"

struct rights_probe {
    const char *table;
    struct db_statement statement;
};

/* What a worker must be able to do; ended by a NULL table. */
extern const struct rights_probe rights_needed[];
/* What only an administrator should be able to do; likewise. */
extern const struct rights_probe rights_beyond[];

#endif
