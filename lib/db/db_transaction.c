#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "db_connection_sql.h"
#include "db_private.h"

int db_conflict(struct db *db, struct error *err)
{
    db->failure = DB_FAILURE_CONFLICT;
    snprintf(db->cause, sizeof(db->cause), "somebody else was faster");
    return db_unavailable(err);
}

/* Of a COMMIT that failed: whether that says for sure that nothing was changed. */
static bool is_rolled_back(const struct db *db)
{
    return db->failure == DB_FAILURE_CONFLICT || db->failure == DB_FAILURE_ELSEWHERE;
}

static int unknown_outcome(struct error *err)
{
    log_error("database: whether the transaction was committed could not be found out");
    return error_set(err, ERR_INTERNAL,
                     "The database went away while this was being saved. Read it again to see whether it was.");
}

/* Whose transaction is in doubt. */
struct doubt {
    char connection_lock[DB_CONNECTION_LOCK_BYTES];
    size_t host;
};

/* The server may not be done with the transaction, or may even not have begun it: what is asked before its session is
 * over says nothing. Another host cannot say whether it is. */
static int end_connection(struct db *db, const struct doubt *doubt, struct error *err)
{
    struct connection_params params = {.lock = text_of(doubt->connection_lock)};

    if (db_connect(db, err) < 0)
        return -1;
    if (db->host != doubt->host)
        return 0;
    if (db_execute(db, &connection_end, &params, err) >= 0)
        return db_unavailable(err); /* it ends now */
    if (err->kind == ERR_NOT_FOUND)
        return 0;
    return err->kind == ERR_UNAVAILABLE ? -1 : unknown_outcome(err);
}

/* Asks until the database answers, as long as a request may take at all. A read-only host may lag behind. */
static int ask_what_became(struct db *db, const struct db_work *work, const struct doubt *doubt, struct error *err)
{
    int64_t deadline = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    do {
        int done;

        db->refuse_until_us = 0;
        done = end_connection(db, doubt, err) < 0 ? -1 : work->is_done(db, work->context, err);
        if (done < 0 && err->kind != ERR_UNAVAILABLE)
            return -1;
        if (done >= 0 && !db->is_read_only)
            return done;
        usleep(DB_ASK_PAUSE_US);
    } while (timestamp_monotonic_us() < deadline);
    return unknown_outcome(err);
}

/* It takes a new connection to ask. Where COMMIT was not answered in time, or the transaction had not come so far, it
 * may still be carried out: what another host does not have yet says nothing. */
static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    bool is_late = timestamp_monotonic_us() - db->called_us > db->options->timeout_s * US_PER_S - US_PER_S / 10;
    struct doubt doubt = {.host = db->host};
    int done;

    memcpy(doubt.connection_lock, db->connection_lock, sizeof(doubt.connection_lock));
    log_warning("database: COMMIT failed and tells not how far it got; looking for what became of it");
    if (work->is_done == NULL)
        return unknown_outcome(err);
    db_disconnect(db);
    db->is_in_doubt = true;
    done = ask_what_became(db, work, &doubt, err);
    if (done == 0 && (is_late || work->is_compound) && db->host != doubt.host)
        done = unknown_outcome(err);
    db->is_in_doubt = false;
    /* Its settings were for this question. What surely was not done may be tried again. */
    db_disconnect(db);
    db->failure = done == 0 && !work->may_be_undone ? DB_FAILURE_LOST : DB_FAILURE_NONE;
    if (done >= 0)
        log_info("database: the transaction was %s", done == 1 ? "committed" : "rolled back");
    if (done == 0)
        return db_unavailable(err);
    return done < 0 ? -1 : 0;
}

static int run_work(struct db *db, const struct db_work *work, struct error *err)
{
    if (work->run(db, work->context, err) < 0)
        return -1;
    return memory_has_run_out() ? memory_ran_out(err) : 0;
}

static int begin(struct db *db, struct error *err)
{
    if (db_run_text(db, "START TRANSACTION", err) == 0)
        return 0;
    db_leave_if_cut_off(db);
    return -1;
}

/* Whether the server has closed the connection while it was idle. */
static bool has_been_closed(const struct db *db)
{
    struct pollfd fd = {.fd = mysql_get_socket(db->connection), .events = POLLRDHUP};

    return poll(&fd, 1, 0) > 0;
}

/* A compound statement is in doubt once it has been sent, so it is not sent where nobody listens any more. */
static int connect_for(struct db *db, const struct db_work *work, struct error *err)
{
    if (work->is_compound && db->connection != NULL && has_been_closed(db))
        db_disconnect(db);
    return db_connect(db, err);
}

/* Of a failed transaction: whether its COMMIT may have been carried out. */
static bool is_in_doubt(const struct db *db, const struct db_work *work, bool has_run)
{
    if (work->is_compound)
        return db->was_sent && (db->failure == DB_FAILURE_LOST || db->failure == DB_FAILURE_BUSY);
    return has_run && !is_rolled_back(db);
}

/* 0: committed; -1: not, and `db->failure` says why. */
static int attempt_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    bool has_run;
    int result;

    if (connect_for(db, work, err) < 0)
        return -1;
    db->failure = DB_FAILURE_NONE;
    if (!work->is_compound && begin(db, err) < 0)
        return -1;
    db->in_transaction = true;
    result = run_work(db, work, err);
    has_run = result == 0;
    if (has_run && !work->is_compound)
        result = db_run_text(db, "COMMIT", err);
    db->in_transaction = false;
    if (result < 0 && is_in_doubt(db, work, has_run))
        return resolve_doubt(db, work, err);
    if (result < 0 && db->connection != NULL && mysql_rollback(db->connection) != 0)
        db_disconnect(db);
    return result;
}

int db_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        int64_t attempt_start = timestamp_monotonic_us();

        if (attempt_transaction(db, work, err) == 0)
            return 0;
        if (db->failure != DB_FAILURE_CONFLICT && !db_may_go_on(db, was_connected, start))
            return -1;
        if (attempt == DB_ATTEMPTS_MAX) {
            log_warning("database: gave up after %d attempts: %s", attempt, db->cause);
            return -1;
        }
        if (db->failure == DB_FAILURE_CONFLICT)
            db_pause_before_retry(attempt, attempt_start);
    }
}
