/* A worker's connection to MariaDB, to the first of its hosts that serves: opened on demand, replaced as a whole when
 * it breaks, never half-dead. */
#ifndef ORGD_DB_H
#define ORGD_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "db_stmt.h"

/* An opaque handle; see db_open(). */
struct db;

struct db_options {
    const char *option_file; /* my.cnf style */
    const char *group;       /* its group, such as "orgd" */
    unsigned timeout_s;      /* of connecting, and of each statement */
    unsigned lock_timeout_s; /* of waiting for a row lock */
    bool needs_schema;       /* refuse a database whose schema is not DB_SCHEMA_VERSION */
};

/* A handle that connects when it is first used. `options` must outlive it. Close it with db_close(). */
struct db *db_open(const struct db_options *options);
void db_close(struct db *db);

/* Makes sure that there is a connection. ERR_UNAVAILABLE with a sentence for clients; the cause is logged. */
int db_connect(struct db *db, struct error *err) NODISCARD;

/* The client library's message of the last failure, for administrators' eyes; never NULL. */
const char *db_last_cause(const struct db *db);

/* Runs a statement that gives at most one row: 1 and the row stored into `row`, 0 if there is none, -1 with an error.
 * `params` is the struct the statement's parameter table refers to, `row` the one of its columns. Texts and bytes in
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

/* The part of the work of a transaction. It may run several times, so it must be repeatable: it may change nothing but
 * the database and `work`'s results. */
struct db_work {
    /* Reads and writes. -1 rolls back. */
    int (*run)(struct db *db, void *context, struct error *err);
    /* Asked on a fresh connection when COMMIT failed without saying how far it got: 1 if the work is in the database, 0
     * if it is not, -1 with ERR_UNAVAILABLE to be asked again, or with another error where nobody can know any more.
     * NULL where nobody asks: then ERR_INTERNAL says that the outcome is unknown. */
    int (*is_done)(struct db *db, void *context, struct error *err);
    /* What is_done() does not find may have been done and undone by somebody else: it is not tried again. */
    bool may_be_undone;
    /* The whole transaction is one compound statement, BEGIN NOT ATOMIC … END with START TRANSACTION and COMMIT in it,
     * which run() sends by db_execute(): one round trip. A condition of its own it refuses by SIGNAL SQLSTATE '45000',
     * which is ERR_LIMIT. */
    bool is_compound;
    void *context;
};

/* For the work's run(): what it read has changed meanwhile; fails so that the transaction is tried again. */
int db_conflict(struct db *db, struct error *err);

/* Runs the work in one transaction. Deadlocks and certification conflicts are retried, 8 attempts at most, with jitter.
 * When the connection dies before COMMIT was sent, nothing has changed: ERR_UNAVAILABLE. When COMMIT fails with
 * anything but a conflict, is_done() finds out what became of it, and the answer is the true one. */
int db_transaction(struct db *db, const struct db_work *work, struct error *err) NODISCARD;

#endif
