#include "caller_sql.h"

/* `place` of the macros, for a struct that is the credential itself */
struct caller_params {
    struct credential caller;
};

struct found_caller {
    struct caller_row caller;
};

static const struct db_record params = DB_RECORD(struct caller_params, CALLER_MEMBERS(struct caller_params, caller));
static const struct db_record row = DB_RECORD(struct found_caller, CALLER_ROW_MEMBERS(struct found_caller, caller));

#define FIND(kind) "SELECT " CALLER_COLUMNS CALLER_FROM(kind) CALLER_WHERE(kind)

CALLER_STATEMENTS_DEFINED(caller_sql_find, "caller_find", FIND, &params, &row);
