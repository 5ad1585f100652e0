/* Declared statements: the text, the types and places of the parameters in a struct, and of the columns in another. */
#ifndef ORGD_DB_STMT_H
#define ORGD_DB_STMT_H

#include "base/base.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/timestamp.h"

enum db_type {
    DB_INT,    /* int64_t; NULL is read as 0 */
    DB_BOOL,   /* bool; NULL is read as false */
    DB_ID,     /* struct id, BINARY(16); the nil id is NULL both ways */
    DB_TIME,   /* struct timestamp, DATETIME(6) in UTC; 0 is NULL both ways */
    DB_TEXT,   /* struct text, utf8mb4 or bytes; without data it is NULL both ways */
    DB_DIGEST, /* struct digest, BINARY(32); NULL is read as all zero */
};

/* One parameter or column. */
struct db_field {
    enum db_type type;
    size_t offset;
    const char *name; /* the member's, for tests */
};

/* A member of a struct as parameter or column; its C type decides the SQL type, so a mismatch does not compile. */
#define DB_FIELD(struct_type, member)                                                                                  \
    {                                                                                                                  \
        _Generic(((struct_type *)0)->member, int64_t                                                                   \
                 : DB_INT, bool                                                                                        \
                 : DB_BOOL, struct id                                                                                  \
                 : DB_ID, struct timestamp                                                                             \
                 : DB_TIME, struct text                                                                                \
                 : DB_TEXT, struct digest                                                                              \
                 : DB_DIGEST),                                                                                         \
            offsetof(struct_type, member), #member                                                                     \
    }

#define DB_FIELDS_MAX 40

struct db_statement {
    const char *name; /* for logs and tests */
    const char *sql;
    const struct db_field *params; /* one for each `?`, in order */
    size_t param_count;
    const struct db_field *columns;
    size_t column_count;
    size_t row_size; /* of the struct the columns go to */
    /* A change that leaves the same when it is run twice: by an insertion whose primary key is new, a deletion. */
    bool is_repeatable;
};

#define DB_PARAMS(array) .params = (array), .param_count = ARRAY_LENGTH(array)
#define DB_COLUMNS(struct_type, array)                                                                                 \
    .columns = (array), .column_count = ARRAY_LENGTH(array), .row_size = sizeof(struct_type)

#endif
