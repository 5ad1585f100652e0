/* Values that the fake database gives, by the SQL of the column. */
#ifndef ORGD_FAKE_COLUMNS_H
#define ORGD_FAKE_COLUMNS_H

#include "db/db_statement.h"

/* What the fake columns are about: the statement that is running. */
struct fake_query {
    const struct db_statement *statement;
    const void *params;
    size_t row; /* of several, from 0 */
    struct timestamp now;
    struct text free_text; /* of the input; without data if it could be no name */
};

/* The SQL of the columns of a SELECT, one text for each; all empty for a statement that is none. */
void fake_columns_of(const struct db_statement *statement, struct text expressions[DB_FIELDS_MAX]);

/* Stores one value into a row. Choice 0 is that of a world where all is well; the others are what else the schema
 * allows. A column that is not known by name gets any value of its type. */
void fake_column_store(const struct fake_query *query, enum db_type type, struct text expression, unsigned choice,
                       void *member);

#endif
