/* Values that the fake database gives, by the label of the column and the name of the statement. */
#ifndef ORGD_FAKE_COLUMNS_H
#define ORGD_FAKE_COLUMNS_H

#include "db/db_statement.h"

#define FAKE_COLUMNS_MAX 64

/* What the fake columns are about: the statement that is running. */
struct fake_query {
    const struct db_statement *statement;
    const void *params;
    size_t row; /* of several, from 0 */
    struct timestamp now;
    struct text free_text; /* of the input; without data if it could be no name */
};

/* A column of a SELECT. */
struct fake_column {
    const struct db_member *member;
    struct text expression;
    bool is_of_organization; /* or of the caller's membership: what an outer join may not find */
};

/* The columns of a SELECT, from its text. Returns their number. Aborts if the row lacks a member for one. */
size_t fake_columns_of(const struct db_statement *statement, struct fake_column columns[FAKE_COLUMNS_MAX]);

/* Stores one value into a row. Choice 0 is that of a world where all is well; the others are what else the schema
 * allows. A column that is not known by its label gets any value of its type. */
void fake_column_store(const struct fake_query *query, const struct fake_column *column, unsigned choice, void *value);

/* Stores what the parameter of the same name says. Returns false if there is none, or it says nothing. */
bool fake_column_copy(const struct fake_query *query, const struct fake_column *column, void *value);

#endif
