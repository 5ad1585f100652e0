/* Prints every statement of the library as a JSON list: its symbol, name, text, parameters and number of columns. What
 * there is, statements.def says, which is made from the library's symbols; what is no statement is left out. */
#include <jansson.h>
#include <stdio.h>

#include "base/base.h"
#include "db/db_connection_sql.h"
#include "db/db_schema_sql.h"
#include "domain/access/throttle_sql.h"
#include "domain/accounts/account_sql.h"
#include "domain/accounts/session_sql.h"
#include "domain/admin_sql.h"
#include "domain/credentials/issuer_sql.h"
#include "domain/oauth/client_sql.h"
#include "domain/oauth/device_sql.h"
#include "domain/oauth/grant_sql.h"
#include "domain/organizations/organization_private.h"

static const struct {
    const char *symbol;
    const struct db_statement *statement;
} list[] = {
#define STATEMENT(symbol) {#symbol, _Generic(&(symbol), const struct db_statement * : &(symbol), default : NULL)},
#include "tests/unit/statements.def"
};

static json_t *params_of(const struct db_statement *statement)
{
    static const char *const types[] = {
        [DB_INT] = "int",   [DB_BOOL] = "bool", [DB_ID] = "id",
        [DB_TIME] = "time", [DB_TEXT] = "text", [DB_DIGEST] = "digest",
    };
    json_t *params = json_array();

    for (size_t i = 0; i < statement->param_count; i++)
        json_array_append_new(
            params, json_pack("{ss ss}", "name", statement->params[i].name, "type", types[statement->params[i].type]));
    return params;
}

int main(void)
{
    json_t *all = json_array();

    for (size_t i = 0; i < ARRAY_LENGTH(list); i++)
        if (list[i].statement != NULL)
            json_array_append_new(all, json_pack("{ss ss ss so si}", "symbol", list[i].symbol, "name",
                                                 list[i].statement->name, "sql", list[i].statement->sql, "params",
                                                 params_of(list[i].statement), "columns",
                                                 (int)list[i].statement->column_count));
    json_dumpf(all, stdout, JSON_INDENT(1));
    json_decref(all);
    return 0;
}
