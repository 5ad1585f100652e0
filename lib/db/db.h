/* A worker's connection to MariaDB, to the first of its hosts that serves: opened on demand, replaced as a whole when
 * it breaks, never half-dead. */
#ifndef ORGD_DB_H
#define ORGD_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "db_statement.h"

/* An opaque handle; see db_open(). */
struct db;

struct db_options {
    const char *option_file; /* my.cnf style */
    const char *group;       /* its group, such as "orgd" */
    unsigned timeout_s;      /* of connecting, and of each statement */
    unsigned lock_timeout_s; /* of waiting for a row lock */
    /* Asked on each new connection: whether the database is one to work with, such as db_schema_check(). NULL: any. */
    int (*check)(struct db *db, struct error *err);
};

/* A handle that connects when it is first used. `options` must outlive it. Close it with db_close(). */
struct db *db_open(const struct db_options *options);
void db_close(struct db *db);

/* Makes sure that there is a connection. ERR_UNAVAILABLE with a sentence for clients; the cause is logged. */
int db_connect(struct db *db, struct error *err) NODISCARD;

/* The client library's message of the last failure, for administrators' eyes; never NULL. */
const char *db_last_cause(const struct db *db);

/* Runs a statement that gives at most one row: 1 and the row stored into `row`, 0 if there is none, -1 with an error.
 * `params` and `row` are structs of the statement's records. Texts and bytes in
 * the row are in `arena`. Outside a transaction a lost connection is replaced, by one to the next host if need be, and
 * the statement run once more. */
int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err) NODISCARD;

/* Runs a statement that gives any number of rows: an array of `row_size` structs in the arena. Returns their number. */
int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **out, struct error *err) NODISCARD;

/* Who takes rows one at a time, as they come, without a copy of them all. */
struct db_visitor {
    /* Before the first row; again if the statement has to be run once more: forgets what came so far. */
    void (*start)(void *context);
    /* One row, with texts that are valid during this call. -1 with an error ends the query. */
    int (*visit)(void *context, const void *row, struct error *err);
    void *context;
};

/* Runs a statement that gives any number of rows and shows each to the visitor. */
int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err) NODISCARD;

/* Runs a statement without rows. Returns the number of rows changed. A duplicate key is ERR_EXISTS. Outside a
 * transaction it is retried after a conflict. If there the connection breaks and the statement may have been done, it
 * is run again where it is repeatable (then a change that is there already may count as none, and an insertion as one);
 * ERR_INTERNAL says that the outcome is unknown where that is not allowed, or the database stays away. */
int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params,
                   struct error *err) NODISCARD;

/* Runs text that has no parameters and gives no rows: migrations and session settings only. */
int db_run_script(struct db *db, const char *sql, struct error *err) NODISCARD;

/* The name of the unique key that the last ERR_EXISTS was about, such as "organizations_name_key". */
const char *db_duplicate_key(const struct db *db);

#endif
