/* A worker's connection to MariaDB, to the first of its hosts that serves. It is opened when it is needed, and replaced
 * as a whole when it breaks. */
#ifndef ORGD_DB_H
#define ORGD_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "db_statement.h"
#include "process/shortage.h"

/* How often in all a conflict with others is tried. */
#define DB_ATTEMPTS_MAX 8

/* An opaque handle; see db_open(). */
struct db;

struct db_options {
    const char *option_file;   /* my.cnf style */
    const char *group;         /* its group, such as "orgd" */
    unsigned timeout_s;        /* for a connection, and for each statement */
    unsigned lock_timeout_s;   /* for a row lock */
    struct shortage *shortage; /* what the processes of this host tell each other; NULL: nothing */
    /* Asked on each new connection: returns 0 if the database can be used, like db_schema_check(). NULL: any database
     * can. */
    int (*check)(struct db *db, struct error *err);
};

/* Makes a handle that connects when it is first used. `options` must outlive it. Close it with db_close(). */
struct db *db_open(const struct db_options *options);
void db_close(struct db *db);

/* Makes sure that there is a connection. Fails with ERR_UNAVAILABLE and a sentence for clients; logs the cause. */
int db_connect(struct db *db, struct error *err) NODISCARD;

/* Gives the connection back if nothing has been asked for this long, or as soon as others of this host lack one; the
 * next call connects anew. Returns how long to wait before asking again; INT64_MAX: there is no connection. */
int64_t db_rest(struct db *db, int64_t idle_us);

/* Returns the path of the socket that the connection goes by; NULL: it goes over a network, or there is none. */
const char *db_socket(const struct db *db);

/* Returns the client library's message about the last failure, for administrators only; never NULL. */
const char *db_last_cause(const struct db *db);

/* Returns the number of the last failure, as <errmsg.h> and <mysqld_error.h> name them; 0 if it has none. */
unsigned db_last_number(const struct db *db);
#define DB_NO_SUCH_TABLE 1146U

/* Runs a statement that gives at most one row. Returns 1 and stores the row into `row`, 0 if there is none, -1 with an
 * error. `params` and `row` are structs of the statement's records. Texts and bytes of the row are in `arena`. Outside
 * a transaction, a lost connection is replaced, if necessary by one to the next host, and the statement runs once
 * more. */
int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err) NODISCARD;

/* Runs a statement that gives any number of rows: an array of `row_size` structs in the arena. Returns their number, or
 * -1. */
int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **out, struct error *err) NODISCARD;

/* A visitor takes rows one at a time as they come, without a copy of them all. */
struct db_visitor {
    /* Called before the first row, and again if the statement has to run once more: forgets all rows so far. */
    void (*start)(void *context);
    /* Called with each row. Its texts are valid during this call. Returning -1 with an error ends the query. */
    int (*visit)(void *context, const void *row, struct error *err);
    void *context;
};

/* Runs a statement that gives any number of rows and shows each to the visitor. */
int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err) NODISCARD;

/* Runs a statement without rows. Returns the number of rows changed. A duplicate key is ERR_EXISTS. Outside a
 * transaction it is tried again after a conflict, DB_ATTEMPTS_MAX times in all. If the connection breaks there and the
 * statement may have been done, it is run again if it is repeatable (then an existing change may count as none, and an
 * insertion as one). If it is not repeatable, or the database does not come back, fails with ERR_INTERNAL, which says
 * that the outcome is unknown. */
int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params,
                   struct error *err) NODISCARD;

/* Runs text without parameters and rows. Use it only for migrations and session settings. */
int db_run_script(struct db *db, const char *sql, struct error *err) NODISCARD;

/* True if the last call failed because another transaction held a row for too long. */
bool db_waited_for_lock(const struct db *db);

/* Returns the name of the unique key of the last ERR_EXISTS, such as "orgd_organizations_name_key"; "" if the last
 * transaction refused something by itself. */
const char *db_duplicate_key(const struct db *db);

#endif
