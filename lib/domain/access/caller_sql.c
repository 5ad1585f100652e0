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

#define FIND(proof) "SELECT " CALLER_COLUMNS(proof) CALLER_FROM(proof) CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(caller_sql_find, "caller_find", FIND, &params, &row);

static enum caller_proof proof_of(const struct credential *caller)
{
    if (caller->is_external)
        return EXTERNAL_TOKEN;
    if (caller->kind == CREDENTIAL_OF_GRANT)
        return GRANT_TOKEN;
    if (caller->kind == CREDENTIAL_OF_SERVICE)
        return caller->is_token ? SERVICE_TOKEN : SERVICE_SECRET;
    return caller->is_token ? USER_TOKEN : USER_SECRET;
}

const struct db_statement *caller_statement(const struct db_statement *const *statements,
                                            const struct credential *caller)
{
    return statements[proof_of(caller)];
}
