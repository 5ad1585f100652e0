/* Values that the fake database gives, by the SQL of the column. */
#ifndef ORGD_FAKE_COLUMNS_H
#define ORGD_FAKE_COLUMNS_H

#include "db/db_stmt.h"

/* What the fake columns are about: the statement that is running. */
struct fake_query {
    const struct db_statement *statement;
    const void *params;
    struct timestamp now;
    struct text free_text; /* of the input; without data if it could be no name */
};

/* The SQL of the columns of the statement's SELECT number `branch` of a UNION, or of its last one: one text for each
 * column. All empty for a statement that is no SELECT. */
void fake_columns_of(const struct db_statement *statement, size_t branch, struct text expressions[DB_FIELDS_MAX]);

/* Stores one value into a row. Choice 0 is that of a world where all is well; the others are what else the schema
 * allows. A column that is not known by name gets any value of its type. */
void fake_column_store(const struct fake_query *query, enum db_type type, struct text expression, unsigned choice,
                       void *member);

#endif
