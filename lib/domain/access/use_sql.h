/* The statement of use.c, and what others read of its table. */
#ifndef ORGD_USE_SQL_H
#define ORGD_USE_SQL_H

#include "db/db_statement.h"

struct use_params {
    struct id credential_id;
    struct timestamp hour;
};

extern const struct db_statement use_sql_note;

/* When the credential `table`.id was used last, for SELECT … FROM …. */
#define USE_COLUMN "u.last_used"
#define USE_OF(table) " LEFT JOIN orgd_credential_uses u ON u.credential_id = " table ".id"

#endif
