/* Prints every statement of the library as a JSON list: its symbol, name, text as the server gets it, parameters, and
 * the names that its columns may have. */
#include "statements.h"

#include <jansson.h>
#include <stdio.h>

static json_t *params_of(const struct db_member *const *params, int count)
{
    static const char *const types[] = {
        [DB_INT] = "int",   [DB_BOOL] = "bool", [DB_ID] = "id",
        [DB_TIME] = "time", [DB_TEXT] = "text", [DB_DIGEST] = "digest",
    };
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{ss ss}", "name", params[i]->name, "type", types[params[i]->type]));
    return list;
}

static json_t *columns_of(const struct db_record *row)
{
    json_t *list = json_array();

    for (size_t i = 0; row != NULL && i < row->count; i++)
        json_array_append_new(list, json_string(row->members[i].name));
    return list;
}

static json_t *describe(const char *symbol, const struct db_statement *statement)
{
    const struct db_member *params[DB_PARAMS_MAX];
    struct buf sql;
    json_t *described;
    int count;

    buf_init(&sql, (size_t)64 * 1024);
    count = db_statement_translate(statement, &sql, params, DB_PARAMS_MAX);
    described = json_pack("{ss ss ss so so}", "symbol", symbol, "name", statement->name, "sql", sql.data, "params",
                          params_of(params, count), "columns", columns_of(statement->row));
    buf_release(&sql);
    return described;
}

int main(void)
{
    json_t *all = json_array();

    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++)
        if (statements[i].statement != NULL)
            json_array_append_new(all, describe(statements[i].symbol, statements[i].statement));
    json_dumpf(all, stdout, JSON_INDENT(1));
    json_decref(all);
    return 0;
}
