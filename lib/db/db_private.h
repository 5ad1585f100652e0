/* Shared by db.c, db_query.c, db_connect.c, db_prepared.c and db_unit.c alone. */
#ifndef ORGD_DB_PRIVATE_H
#define ORGD_DB_PRIVATE_H

#include <mysql.h>

#include "db.h"
#include "db_failure.h"
#include "db_hosts.h"
#include "process/counters.h"

#define DB_STATEMENTS_MAX 128
#define DB_CONNECTION_LOCK_BYTES 64
#define DB_CAUSE_BYTES 1024
#define DB_ASK_PAUSE_US 100000 /* between two tries to reach a database that went away */

enum db_part {
    DB_ALONE,             /* one statement by itself */
    DB_WHOLE_TRANSACTION, /* all statements of a transaction, with its start and its end */
    DB_REST,              /* the same of one that has been started */
};

/* What is sent at once. */
struct db_composition {
    const struct db_statement *statements[DB_STEPS_MAX];
    size_t count;
    unsigned required; /* bit N: statement N must change a row, or it fails with the error DB_ERROR_REFUSED + N */
    enum db_part part;
};

/* A composition as prepared on one connection, with the buffers that rows are received into. */
struct db_prepared;

/* Returns NULL, with ERR_UNAVAILABLE, if memory ran out. */
struct db_prepared *db_prepared_open(MYSQL *connection, const struct db_composition *composition, struct error *err);
void db_prepared_close(struct db_prepared *prepared);

const struct db_composition *db_prepared_composition(const struct db_prepared *prepared);

/* Each returns 0, or -1 where memory ran out (memory.h), or else db_prepared_errno() says why. */
/* Once, before anything else. Aborts if parameters or columns do not fit their structs: a bug. */
int db_prepared_prepare(struct db_prepared *prepared);
/* `params` has one struct for each statement. */
int db_prepared_execute(struct db_prepared *prepared, const void *const *params);
/* 1: a row was stored; 0: no more rows. Texts of a passing row are valid until the next fetch, others as long as the
 * arena's. */
int db_prepared_fetch(struct db_prepared *prepared, struct arena *arena, bool is_passing, void *row);
/* Discards the rows that were not fetched. */
int db_prepared_finish(struct db_prepared *prepared);

int64_t db_prepared_affected(const struct db_prepared *prepared);
unsigned db_prepared_errno(const struct db_prepared *prepared);
const char *db_prepared_error(const struct db_prepared *prepared);

/* A worker's connection, and what it knows about hosts. */
struct db {
    const struct db_options *options;
    struct db_hosts hosts;
    struct id id;                                   /* tells the sessions of this worker from others */
    MYSQL *connection;                              /* NULL while there is none */
    char connection_lock[DB_CONNECTION_LOCK_BYTES]; /* of the connection, or of the last one: db_connection_sql.h */
    size_t host;                                    /* the index of the one it goes to */
    bool is_read_only;                              /* that one is, and was taken because no other serves */
    int64_t leave_us; /* of a host that is not the first choice: when to look for a better one */
    struct db_prepared *prepared[DB_STATEMENTS_MAX];
    size_t prepared_count;
    bool in_transaction;
    bool is_connecting;
    bool is_refused;         /* the last connect: a host has too many connections */
    bool is_in_doubt;        /* whether a COMMIT took place is being found out */
    enum db_failure failure; /* of the last call */
    int64_t called_us;       /* monotonic: when the server was asked last */
    bool was_sent;           /* the last statement: it may have been carried out */
    char cause[DB_CAUSE_BYTES];
    unsigned cause_number; /* the server's or the client library's; 0: neither has said it */
    char duplicate_key[64];
    unsigned refused;        /* which statement of a transaction changed no row */
    int64_t refuse_until_us; /* monotonic: after a slow failure to connect, requests fail at once for a while */
};

/* Fails with ERR_UNAVAILABLE and the sentence for clients. */
int db_unavailable(struct error *err);

void db_disconnect(struct db *db);
/* Notes that the connection broke. If the failure took long, avoids the host for a while. */
void db_lose_connection(struct db *db);
/* Notes that the host does not serve: disconnects, so that the next db_connect() finds another one, if there is one. */
void db_leave_host(struct db *db);

/* Prepares and executes on a connection that is there or can be made. NULL with an error; `db->was_sent` tells whether
 * it went to the server. */
struct db_prepared *db_run(struct db *db, const struct db_composition *composition, const void *const *params,
                           struct error *err);

/* The same for one statement by itself. */
struct db_prepared *db_run_statement(struct db *db, const struct db_statement *statement, const void *params,
                                     struct error *err);

/* Notes and says why a prepared statement failed, and drops a connection that is of no use any more. Returns -1. */
int db_fail_statement(struct db *db, struct db_prepared *prepared, struct error *err);

/* Runs text without parameters and rows, on the present connection. */
int db_run_text(struct db *db, const char *sql, struct error *err) NODISCARD;

/* After what waits for no row: then only a Galera node that has waited in vain for its cluster says "lock wait". */
void db_leave_if_cut_off(struct db *db);

/* Whether a new connection may serve: the old one was closed while it was idle, or its host does not serve any more. */
bool db_may_go_on(const struct db *db, bool was_connected, int64_t start_us);

/* Waits before the next attempt. `started_us` is when this one began. */
void db_pause_before_retry(int attempt, int64_t started_us);

#endif
