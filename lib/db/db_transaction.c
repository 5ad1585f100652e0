#include "db_unit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "db_connection_sql.h"
#include "db_private.h"
#include "db_unit_sql.h"

/* All of them as they are sent. */
static struct db_composition compose(const struct db_unit *unit, enum db_part part)
{
    struct db_composition composition = {.count = unit->count, .part = part};

    for (size_t i = 0; i < unit->count; i++) {
        composition.statements[i] = unit->steps[i].statement;
        composition.required |= unit->steps[i].is_required ? 1U << i : 0;
    }
    return composition;
}

/* Doubt */

static int unknown_outcome(struct error *err)
{
    log_error("database: it is unknown whether the transaction was committed");
    return error_set(
        err, ERR_INTERNAL,
        "The connection to the database was lost while this was being saved. Read it again to see whether it was saved.");
}

/* The session whose transaction is in doubt, and why it is. */
struct doubt {
    char connection_lock[DB_CONNECTION_LOCK_BYTES];
    size_t host;
    char cause[DB_CAUSE_BYTES];
    unsigned cause_number;
};

/* Ends the session of a transaction in doubt. Until then the server may still run the transaction, or not even have
 * begun it, so a question about it proves nothing. Only the same host can end it. */
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

/* A work that can be repeated counts as not done, and is done again. */
static int ask(struct db *db, const struct db_work *work, struct error *err)
{
    return work->is_done == NULL ? 0 : work->is_done(db, work->context, err);
}

/* Asks until the database answers, as long as a request may take at all. A read-only host may lag behind. */
static int ask_what_became(struct db *db, const struct db_work *work, const struct doubt *doubt, struct error *err)
{
    int64_t deadline = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    do {
        int done;

        db->refuse_until_us = 0;
        done = end_connection(db, doubt, err) < 0 ? -1 : ask(db, work, err);
        if (done < 0 && err->kind != ERR_UNAVAILABLE)
            return -1;
        if (done >= 0 && !db->is_read_only)
            return done;
        usleep(DB_ASK_PAUSE_US);
    } while (timestamp_monotonic_us() < deadline);
    return unknown_outcome(err);
}

/* It takes a new connection to ask. What another host does not have yet says nothing: there it may still be carried
 * out. */
static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    struct doubt doubt = {.host = db->host, .cause_number = db->cause_number};
    int done;

    memcpy(doubt.connection_lock, db->connection_lock, sizeof(doubt.connection_lock));
    memcpy(doubt.cause, db->cause, sizeof(doubt.cause));
    log_warning("database: a transaction was not answered; looking for what became of it");
    if (work->is_done == NULL && !work->is_repeatable) {
        counters_add(COUNTER_DOUBTS_UNKNOWN, 1);
        return unknown_outcome(err);
    }
    db_disconnect(db);
    db->is_in_doubt = true;
    done = ask_what_became(db, work, &doubt, err);
    if (done == 0 && !work->is_repeatable && db->host != doubt.host)
        done = unknown_outcome(err);
    db->is_in_doubt = false;
    /* Its settings were for this question. What surely was not done may be tried again. */
    db_disconnect(db);
    db->failure = done == 0 ? DB_FAILURE_LOST : DB_FAILURE_NONE;
    memcpy(db->cause, doubt.cause, sizeof(db->cause)); /* and not what the question met */
    db->cause_number = doubt.cause_number;
    counters_add(done < 0 ? COUNTER_DOUBTS_UNKNOWN : done == 1 ? COUNTER_DOUBTS_DONE : COUNTER_DOUBTS_NOT_DONE, 1);
    if (done >= 0)
        log_info("database: the transaction %s", done == 1             ? "was committed"
                                                 : work->is_repeatable ? "is repeated"
                                                                       : "was rolled back");
    if (done == 0)
        return db_unavailable(err);
    return done < 0 ? -1 : 0;
}

static int begin(struct db *db, struct error *err)
{
    if (db_run_text(db, DB_BEGIN, err) == 0)
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

/* A transaction is in doubt once it has been sent, so it is not sent where nobody listens any more. */
static int connect_to_send(struct db *db, struct error *err)
{
    if (!db->in_transaction && db->connection != NULL && has_been_closed(db))
        db_disconnect(db);
    return db_connect(db, err);
}

/* What plan() read has changed meanwhile. */
static int conflict(struct db *db, struct error *err)
{
    db->failure = DB_FAILURE_CONFLICT;
    snprintf(db->cause, sizeof(db->cause), "somebody else was faster");
    return db_unavailable(err);
}

/* The statement that changed no row says what that means. */
static int refuse(struct db *db, const struct db_unit *unit, struct error *err)
{
    const struct db_step *step = &unit->steps[db->refused];

    if (db->failure != DB_FAILURE_REFUSED)
        return -1;
    return step->kind == ERR_NONE ? conflict(db, err) : error_set(err, step->kind, "%s", step->message);
}

static bool is_in_doubt(const struct db *db)
{
    return db->failure == DB_FAILURE_LOST || db->failure == DB_FAILURE_BUSY;
}

static int commit(struct db *db, const struct db_work *work, struct error *err)
{
    if (db_run_text(db, DB_COMMIT, err) == 0)
        return 0;
    return is_in_doubt(db) ? resolve_doubt(db, work, err) : -1;
}

/* Sends what was planned, with the end of the transaction. */
static int send(struct db *db, struct db_unit *unit, const struct db_work *work, struct error *err)
{
    const struct db_composition composition = compose(unit, unit->locks ? DB_REST : DB_WHOLE_TRANSACTION);
    const void *params[DB_STEPS_MAX];

    if (unit->count == 0)
        return unit->locks ? commit(db, work, err) : 0;
    if (!unit->locks && connect_to_send(db, err) < 0)
        return -1;
    for (size_t i = 0; i < unit->count; i++)
        params[i] = unit->steps[i].params;
    if (db_run(db, &composition, params, err) != NULL)
        return 0;
    unit->is_open |= db->was_sent;
    return db->was_sent && is_in_doubt(db) ? resolve_doubt(db, work, err) : refuse(db, unit, err);
}

/* 0: committed; -1: not, and `db->failure` says why. */
static int attempt_transaction(struct db *db, struct db_unit *unit, const struct db_work *work, struct error *err)
{
    int result;

    if (db_connect(db, err) < 0)
        return -1;
    db->failure = DB_FAILURE_NONE;
    if (unit->locks && begin(db, err) < 0)
        return -1;
    db->in_transaction = unit->is_open = unit->locks;
    unit->count = 0;
    unit->refusal.kind = ERR_NONE;
    result = work->plan(unit, work->context, err);
    if (result == 0 && memory_has_run_out())
        result = memory_ran_out(err);
    if (result == 0)
        result = send(db, unit, work, err);
    db->in_transaction = false;
    if (result < 0 && db->connection != NULL && unit->is_open && mysql_rollback(db->connection) != 0)
        db_disconnect(db);
    return result;
}

/* Whether a failed attempt is followed by another. */
static bool may_try_again(const struct db *db, const struct db_work *work, bool was_connected, int64_t start_us)
{
    bool is_repeated = db->failure == DB_FAILURE_LOST && work->is_repeatable &&
                       timestamp_monotonic_us() - start_us < db->options->timeout_s * US_PER_S;

    return is_repeated || db->failure == DB_FAILURE_CONFLICT || db_may_go_on(db, was_connected, start_us);
}

static int attempt_repeatedly(struct db *db, struct db_unit *unit, const struct db_work *work, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        int64_t attempt_start = timestamp_monotonic_us();

        if (attempt_transaction(db, unit, work, err) == 0)
            return 0;
        if (!may_try_again(db, work, was_connected, start))
            return -1;
        if (attempt == DB_ATTEMPTS_MAX) {
            log_warning("database: gave up after %d attempts: %s", attempt, db->cause);
            return -1;
        }
        counters_add(COUNTER_TRANSACTION_RETRIES, 1);
        if (db->failure != DB_FAILURE_CONFLICT)
            continue;
        unit->locks = true;
        db_pause_before_retry(attempt, attempt_start);
    }
}

static void count(int result, const struct error *err)
{
    if (result == 0)
        counters_add(COUNTER_TRANSACTIONS_DONE, 1);
    else
        counters_add(error_status(err->kind) < 500 ? COUNTER_TRANSACTIONS_REFUSED : COUNTER_TRANSACTIONS_FAILED, 1);
}

int db_transaction(struct db *db, struct arena *arena, const struct db_work *work, struct error *err)
{
    struct db_unit unit = {.arena = arena, .locks = work->locks};
    int result;

    db->duplicate_key[0] = '\0'; /* of an earlier one: a refusal of this one has none */
    result = attempt_repeatedly(db, &unit, work, err);
    count(result, err);
    if (result < 0 || unit.refusal.kind == ERR_NONE)
        return result;
    return error_set(err, unit.refusal.kind, "%s", unit.refusal.message);
}
