#include "db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "db_private.h"

#define ATTEMPTS_MAX 8
#define PAUSE_MIN_US 4000
#define PAUSE_MAX_US 400000

struct db *db_open(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof(*db));

    if (db == NULL)
        abort();
    db->options = options;
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_disconnect(db);
    free(db);
}

const char *db_last_cause(const struct db *db)
{
    return db->cause;
}

const char *db_duplicate_key(const struct db *db)
{
    return db->duplicate_key;
}

int db_conflict(struct db *db, struct error *err)
{
    db->failure = DB_FAILURE_CONFLICT;
    snprintf(db->cause, sizeof(db->cause), "somebody else was faster");
    return db_unavailable(err);
}

/* From "Duplicate entry '…' for key 'NAME'". */
static void remember_duplicate_key(struct db *db, const char *message)
{
    const char *end = strrchr(message, '\'');
    const char *start = end;

    while (start > message && start[-1] != '\'')
        start--;
    db->duplicate_key[0] = '\0';
    if (end != NULL)
        snprintf(db->duplicate_key, sizeof(db->duplicate_key), "%.*s", (int)(end - start), start);
}

/* Notes what happened, logs what an operator should see, and says it in a client's words. */
static int fail(struct db *db, const char *what, unsigned number, const char *message, struct error *err)
{
    db->failure = db_failure_of(number);
    snprintf(db->cause, sizeof(db->cause), "%s (%u)", message, number);
    switch (db->failure) {
    case DB_FAILURE_DUPLICATE:
        remember_duplicate_key(db, message);
        return error_set(err, ERR_EXISTS, "It exists already.");
    case DB_FAILURE_REFERENCE:
        return error_set(err, ERR_NOT_FOUND, "What this refers to is gone, or still in use.");
    case DB_FAILURE_CONFLICT:
        log_debug("database: %s: %s", what, db->cause);
        return db_unavailable(err);
    case DB_FAILURE_LOST:
    case DB_FAILURE_ELSEWHERE:
    case DB_FAILURE_LOCKED:
    case DB_FAILURE_BUSY:
        log_warning("database: %s: %s", what, db->cause);
        return db_unavailable(err);
    default:
        log_error("database: %s: %s", what, db->cause);
        return error_set(err, ERR_INTERNAL, "Something went wrong here; the log has the details.");
    }
}

/* Lets go of a connection that is of no use any more. */
static void let_go(struct db *db)
{
    if (db->failure == DB_FAILURE_LOST)
        db_lose_connection(db);
    else if (db->failure == DB_FAILURE_ELSEWHERE)
        db_leave_host(db);
}

static int fail_query(struct db *db, const char *what, struct error *err)
{
    int result = fail(db, what, mysql_errno(db->connection), mysql_error(db->connection), err);

    let_go(db);
    return result;
}

static struct db_prepared *find_prepared(struct db *db, const struct db_statement *statement)
{
    for (size_t i = 0; i < db->prepared_count; i++)
        if (db_prepared_statement(db->prepared[i]) == statement)
            return db->prepared[i];
    return NULL;
}

static int fail_statement(struct db *db, struct db_prepared *prepared, struct error *err)
{
    const char *name = db_prepared_statement(prepared)->name;
    int result;

    if (memory_has_run_out()) {
        db_prepared_finish(prepared);
        return memory_ran_out(err);
    }
    result = fail(db, name, db_prepared_errno(prepared), db_prepared_error(prepared), err);
    let_go(db);
    return result;
}

static struct db_prepared *prepare(struct db *db, const struct db_statement *statement, struct error *err)
{
    struct db_prepared *prepared = find_prepared(db, statement);

    if (prepared != NULL)
        return prepared;
    if (db->prepared_count == DB_STATEMENTS_MAX)
        abort();
    prepared = db_prepared_open(db->connection, statement, err);
    if (prepared == NULL)
        return NULL;
    if (db_prepared_prepare(prepared) < 0) {
        fail_statement(db, prepared, err);
        db_prepared_close(prepared);
        return NULL;
    }
    return db->prepared[db->prepared_count++] = prepared;
}

static struct db_prepared *execute(struct db *db, const struct db_statement *statement, const void *params,
                                   struct error *err)
{
    struct db_prepared *prepared;

    if (db->in_transaction && db->connection == NULL) {
        db_unavailable(err);
        return NULL;
    }
    if (memory_has_run_out()) { /* then nobody knows what `params` is made of */
        memory_ran_out(err);
        return NULL;
    }
    if (db_connect(db, err) < 0)
        return NULL;
    db->failure = DB_FAILURE_NONE;
    db->called_us = timestamp_monotonic_us();
    prepared = prepare(db, statement, err);
    if (prepared == NULL)
        return NULL;
    if (db_prepared_execute(prepared, params) < 0) {
        fail_statement(db, prepared, err);
        return NULL;
    }
    return prepared;
}

/* Where rows go: to a visitor, or into an array that grows. */
struct rows {
    const struct db_visitor *visitor;
    void *data;
    int64_t count;
    int64_t capacity;
};

/* The place for the next row, or NULL if memory has run out. A visitor has seen the last one, so it needs one place
 * only. */
static void *next_place(struct rows *rows, struct arena *arena, size_t row_size)
{
    size_t filled = (size_t)rows->count * row_size;

    if (rows->visitor != NULL)
        return rows->data;
    if (rows->count == rows->capacity) {
        char *larger = arena_try(arena, 2 * filled, NULL);

        if (larger == NULL)
            return NULL;
        memcpy(larger, rows->data, filled);
        memset(larger + filled, 0, filled);
        rows->data = larger;
        rows->capacity *= 2;
    }
    return (char *)rows->data + filled;
}

static int fetch_rows(struct db *db, struct db_prepared *prepared, struct arena *arena, struct rows *rows,
                      struct error *err)
{
    const struct db_visitor *visitor = rows->visitor;
    size_t row_size = db_prepared_statement(prepared)->row_size;
    int result = 0;

    rows->count = 0;
    if (visitor != NULL)
        visitor->start(visitor->context);
    while (result == 0) {
        void *place = next_place(rows, arena, row_size);
        int got = place == NULL ? -1 : db_prepared_fetch(prepared, arena, visitor != NULL, place);

        if (got < 0)
            return fail_statement(db, prepared, err);
        if (got == 0)
            break;
        rows->count++;
        if (visitor != NULL)
            result = visitor->visit(visitor->context, place, err);
    }
    return db_prepared_finish(prepared) < 0 ? fail_statement(db, prepared, err) : result;
}

/* After what waits for no row: then only a Galera node that has waited in vain for its cluster says "lock wait". */
static void leave_if_cut_off(struct db *db)
{
    if (db->failure != DB_FAILURE_LOCKED)
        return;
    db->failure = DB_FAILURE_ELSEWHERE;
    db_leave_host(db);
}

/* Whether a new connection may serve: the old one was closed while it was idle, or its host does not serve any more. */
static bool may_go_on(const struct db *db, bool was_connected, int64_t start_us)
{
    int64_t limit_us = db->failure == DB_FAILURE_ELSEWHERE ? db->options->timeout_s * US_PER_S : US_PER_S;

    return (db->failure == DB_FAILURE_LOST || db->failure == DB_FAILURE_ELSEWHERE) && db->connection == NULL &&
           was_connected && timestamp_monotonic_us() - start_us < limit_us;
}

static int query(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 struct rows *rows, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    rows->data = arena_zalloc(arena, (size_t)rows->capacity * statement->row_size);
    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        struct db_prepared *prepared = execute(db, statement, params, err);

        if (prepared != NULL && fetch_rows(db, prepared, arena, rows, err) == 0)
            return 0;
        if (db->in_transaction || db->is_in_doubt)
            return -1;
        leave_if_cut_off(db);
        if (attempt > 1 || !may_go_on(db, was_connected, start))
            return -1;
    }
}

int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err)
{
    struct rows rows = {.capacity = 2};

    if (query(db, statement, params, arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return 0;
    memcpy(row, rows.data, statement->row_size);
    return 1;
}

int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **out, struct error *err)
{
    struct rows rows = {.capacity = 32};

    if (query(db, statement, params, arena, &rows, err) < 0)
        return -1;
    *out = rows.data;
    return rows.count;
}

int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err)
{
    struct rows rows = {.visitor = visitor, .capacity = 1};

    return query(db, statement, params, arena, &rows, err);
}

/* Twice as long each time, and in proportion to how long the work takes: on a busy cluster conflicts last longer. */
static void pause_before_retry(int attempt, int64_t started_us)
{
    int64_t took_us = timestamp_monotonic_us() - started_us;
    uint64_t longest_us = (uint64_t)(took_us > PAUSE_MIN_US ? took_us : PAUSE_MIN_US) << attempt;
    uint32_t random;

    if (longest_us > PAUSE_MAX_US)
        longest_us = PAUSE_MAX_US;
    secret_random(&random, sizeof(random));
    usleep((useconds_t)(500 + random % longest_us));
}

static bool has_moved_or_conflicted(const struct db *db)
{
    return db->failure == DB_FAILURE_CONFLICT || (db->failure == DB_FAILURE_ELSEWHERE && db->connection == NULL);
}

int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        int64_t start = timestamp_monotonic_us();
        struct db_prepared *prepared = execute(db, statement, params, err);

        if (prepared != NULL)
            return db_prepared_affected(prepared);
        /* A lost connection does not count here: the statement may have been done. */
        if (db->in_transaction || attempt == ATTEMPTS_MAX || !has_moved_or_conflicted(db))
            return -1;
        pause_before_retry(attempt, start);
    }
}

static int run_text(struct db *db, const char *sql, struct error *err)
{
    db->called_us = timestamp_monotonic_us();
    return mysql_real_query(db->connection, sql, strlen(sql)) == 0 ? 0 : fail_query(db, sql, err);
}

int db_run_script(struct db *db, const char *sql, struct error *err)
{
    int more;

    if (db_connect(db, err) < 0)
        return -1;
    if (mysql_set_server_option(db->connection, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0)
        return fail_query(db, "multiple statements", err);
    if (mysql_real_query(db->connection, sql, strlen(sql)) != 0)
        return fail_query(db, "script", err);
    do {
        MYSQL_RES *result = mysql_store_result(db->connection);

        if (result != NULL)
            mysql_free_result(result);
        more = mysql_next_result(db->connection);
    } while (more == 0);
    if (more > 0)
        return fail_query(db, "script", err);
    mysql_set_server_option(db->connection, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    return 0;
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

/* Asks until the database answers, as long as a request may take at all. A read-only host may lag behind. */
static int ask_what_became(struct db *db, const struct db_work *work, struct error *err)
{
    int64_t deadline = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    do {
        int done;

        db->refuse_until_us = 0;
        done = work->is_done(db, work->context, err);
        if (done < 0 && err->kind != ERR_UNAVAILABLE)
            return -1;
        if (done >= 0 && !db->is_read_only)
            return done;
        usleep(100 * 1000);
    } while (timestamp_monotonic_us() < deadline);
    return unknown_outcome(err);
}

/* The server may not be done with the transaction, and the connection may still be in it: it takes a new one to ask.
 * Where COMMIT was not answered in time, it may still be carried out. On the same host its locks make us wait for that;
 * what another host does not have yet says nothing. */
static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    bool may_come = timestamp_monotonic_us() - db->called_us > db->options->timeout_s * US_PER_S - US_PER_S / 10;
    size_t host = db->host;
    int done;

    log_warning("database: COMMIT failed and tells not how far it got; looking for what became of it");
    if (work->is_done == NULL)
        return unknown_outcome(err);
    db_disconnect(db);
    db->is_in_doubt = true;
    done = ask_what_became(db, work, err);
    if (done == 0 && may_come && db->host != host)
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

/* 0: committed; -1: not, and `db->failure` says why. */
static int attempt_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    int result;

    if (db_connect(db, err) < 0)
        return -1;
    db->failure = DB_FAILURE_NONE;
    if (run_text(db, "START TRANSACTION", err) < 0) {
        leave_if_cut_off(db);
        return -1;
    }
    db->in_transaction = true;
    result = run_work(db, work, err);
    if (result == 0) {
        result = run_text(db, "COMMIT", err);
        if (result < 0 && !is_rolled_back(db)) {
            db->in_transaction = false;
            return resolve_doubt(db, work, err);
        }
    }
    db->in_transaction = false;
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
        if (db->failure != DB_FAILURE_CONFLICT && !may_go_on(db, was_connected, start))
            return -1;
        if (attempt == ATTEMPTS_MAX) {
            log_warning("database: gave up after %d attempts: %s", attempt, db->cause);
            return -1;
        }
        if (db->failure == DB_FAILURE_CONFLICT)
            pause_before_retry(attempt, attempt_start);
    }
}
