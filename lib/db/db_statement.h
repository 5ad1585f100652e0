/* Declared statements. Their text names parameters (`:member`) and columns (by their labels) after the members of
 * structs, so that each can be read at its place:
 *
 *     static const struct db_record page_params =
 *         DB_RECORD(struct page_params, DB_MEMBER(struct page_params, organization_id), DB_MEMBER(struct page_params,
 * limit));
 *
 *     const struct db_statement member_sql_page = {
 *         .name = "member_page",
 *         .sql = "SELECT account_id, mask FROM orgd_memberships"
 *                " WHERE organization_id = :organization_id ORDER BY account_id LIMIT :limit",
 *         .params = &page_params,
 *         .row = &member_row,
 *     };
 *
 * tests/unit/test_statements.c holds the names of all parameters to their structs; a column that its struct does not
 * have ends the process when the statement is prepared. */
#ifndef ORGD_DB_STATEMENT_H
#define ORGD_DB_STATEMENT_H

#include "base/base.h"
#include "base/buf.h"
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

/* A member of a struct, by its name in SQL. */
struct db_member {
    const char *name;
    enum db_type type;
    size_t offset;
};

/* The members of a struct that statements name. */
struct db_record {
    const struct db_member *members;
    size_t count;
    size_t size; /* of the struct */
};

/* A member under a name of its own, or under that of the member. Its C type decides the SQL type, so a mismatch does
 * not compile. */
#define DB_MEMBER_AS(sql_name, struct_type, member)                                                                    \
    {                                                                                                                  \
        sql_name,                                                                                                      \
            _Generic(((struct_type *)0)->member, int64_t                                                               \
                     : DB_INT, bool                                                                                    \
                     : DB_BOOL, struct id                                                                              \
                     : DB_ID, struct timestamp                                                                         \
                     : DB_TIME, struct text                                                                            \
                     : DB_TEXT, struct digest                                                                          \
                     : DB_DIGEST),                                                                                     \
            offsetof(struct_type, member)                                                                              \
    }
#define DB_MEMBER(struct_type, member) DB_MEMBER_AS(#member, struct_type, member)

/* The value of a struct db_record: the struct and its members. */
#define DB_RECORD(struct_type, ...)                                                                                    \
    {                                                                                                                  \
        (const struct db_member[]){__VA_ARGS__},                                                                       \
            sizeof((const struct db_member[]){__VA_ARGS__}) / sizeof(struct db_member), sizeof(struct_type)            \
    }

struct db_statement {
    const char *name; /* the name, for logs and tests */
    const char *sql;
    const struct db_record *params; /* its members are the parameters; NULL: there are none */
    const struct db_record *row;    /* its members are the columns; NULL: there are no rows */
    /* True of a change that has the same result when it runs twice: an insertion with a new primary key, a deletion. */
    bool is_repeatable;
};

/* How many statements a transaction may have, and how many parameters they may have together. */
#define DB_STEPS_MAX 32
#define DB_PARAMS_MAX 256

/* Finds the member of that name, or NULL. */
const struct db_member *db_record_find(const struct db_record *record, struct text name);

/* Appends the statement's text with a `?` in place of each parameter, and stores the parameters in their order. Returns
 * their number, or -1 if the text names one that the record lacks, or more than `maximum`. */
int db_statement_translate(const struct db_statement *statement, struct buf *out, const struct db_member **params,
                           size_t maximum);

#endif
