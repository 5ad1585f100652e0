#include "db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "db_private.h"
#include "process/program.h"

#define PAUSE_MIN_US 4000
#define PAUSE_MAX_US 400000

/* In the relocatable tarball the client library's plugins stand beside the program, and it is told so. */
static void find_plugins(void)
{
    struct arena *arena = arena_open();
    const char *directory = program_beside("../lib/orgd-plugins", arena);

    if (access(directory, F_OK) == 0)
        setenv("MARIADB_PLUGIN_DIR", directory, 0);
    arena_close(arena);
}

struct db *db_open(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof(*db));

    if (db == NULL)
        abort();
    find_plugins();
    db->options = options;
    db->id = id_new(timestamp_now());
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_disconnect(db);
    free(db);
}

const char *db_socket(const struct db *db)
{
    return db->connection == NULL ? NULL : db->connection->unix_socket;
}

const char *db_last_cause(const struct db *db)
{
    return db->cause;
}

unsigned db_last_number(const struct db *db)
{
    return db->cause_number;
}

bool db_waited_for_lock(const struct db *db)
{
    return db->failure == DB_FAILURE_LOCKED;
}

const char *db_duplicate_key(const struct db *db)
{
    return db->duplicate_key;
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

/* What a statement may answer is no failure: a duplicate, a reference, a refusal. */
static void count_failure(enum db_failure failure)
{
    static const enum counter of_failures[] = {
        [DB_FAILURE_LOST] = COUNTER_FAILURES_LOST,         [DB_FAILURE_ELSEWHERE] = COUNTER_FAILURES_ELSEWHERE,
        [DB_FAILURE_CONFLICT] = COUNTER_FAILURES_CONFLICT, [DB_FAILURE_LOCKED] = COUNTER_FAILURES_LOCKED,
        [DB_FAILURE_BUSY] = COUNTER_FAILURES_BUSY,         [DB_FAILURE_BUG] = COUNTER_FAILURES_BUG,
    };

    if (of_failures[failure] != 0)
        counters_add(of_failures[failure], 1);
}

/* Notes what happened, logs what an operator should see, and fails with a sentence for clients. */
static int fail(struct db *db, const char *what, unsigned number, const char *message, struct error *err)
{
    db->failure = db_failure_of(number);
    snprintf(db->cause, sizeof(db->cause), "%s (%u)", message, number);
    db->cause_number = number;
    count_failure(db->failure);
    switch (db->failure) {
    case DB_FAILURE_DUPLICATE:
        remember_duplicate_key(db, message);
        return error_set(err, ERR_EXISTS, "It exists already.");
    case DB_FAILURE_REFERENCE:
        return error_set(err, ERR_NOT_FOUND,
                         "This refers to something that no longer exists, or that is still in use.");
    case DB_FAILURE_REFUSED:
        db->refused = number - DB_ERROR_REFUSED;
        return error_set(err, ERR_PRECONDITION, "It has changed meanwhile.");
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
        return error_set(err, ERR_INTERNAL, "Something went wrong here.");
    }
}

/* Gives up a connection that broke, or whose host does not serve. */
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

static bool is_same(const struct db_composition *a, const struct db_composition *b)
{
    return a->statements[0] == b->statements[0] && a->part == b->part && a->count == b->count &&
           a->required == b->required &&
           memcmp(a->statements, b->statements, a->count * sizeof(const struct db_statement *)) == 0;
}

static struct db_prepared *find_prepared(struct db *db, const struct db_composition *composition)
{
    for (size_t i = 0; i < db->prepared_count; i++)
        if (is_same(db_prepared_composition(db->prepared[i]), composition))
            return db->prepared[i];
    return NULL;
}

/* Makes room for one more by closing the one that was prepared first. */
static void close_oldest(struct db *db)
{
    db_prepared_close(db->prepared[0]);
    db->prepared_count--;
    memmove(db->prepared, db->prepared + 1, db->prepared_count * sizeof(struct db_prepared *));
}

int db_fail_statement(struct db *db, struct db_prepared *prepared, struct error *err)
{
    const char *name = db_prepared_composition(prepared)->statements[0]->name;
    int result;

    if (memory_has_run_out()) {
        db_prepared_finish(prepared);
        return memory_ran_out(err);
    }
    result = fail(db, name, db_prepared_errno(prepared), db_prepared_error(prepared), err);
    let_go(db);
    return result;
}

static struct db_prepared *prepare(struct db *db, const struct db_composition *composition, struct error *err)
{
    struct db_prepared *prepared = find_prepared(db, composition);

    if (prepared != NULL)
        return prepared;
    if (db->prepared_count == DB_STATEMENTS_MAX)
        close_oldest(db);
    prepared = db_prepared_open(db->connection, composition, err);
    if (prepared == NULL)
        return NULL;
    counters_add(COUNTER_PREPARATIONS, 1);
    if (db_prepared_prepare(prepared) < 0) {
        db_fail_statement(db, prepared, err);
        db_prepared_close(prepared);
        return NULL;
    }
    return db->prepared[db->prepared_count++] = prepared;
}

struct db_prepared *db_run(struct db *db, const struct db_composition *composition, const void *const *params,
                           struct error *err)
{
    struct db_prepared *prepared;

    db->was_sent = false;
    if (db->in_transaction && db->connection == NULL) {
        db_unavailable(err);
        return NULL;
    }
    if (memory_has_run_out()) { /* then the types of the parameters are unknown */
        memory_ran_out(err);
        return NULL;
    }
    if (db_connect(db, err) < 0)
        return NULL;
    db->failure = DB_FAILURE_NONE;
    db->called_us = timestamp_monotonic_us();
    prepared = prepare(db, composition, err);
    if (prepared == NULL)
        return NULL;
    db->was_sent = true;
    counters_add(COUNTER_STATEMENTS, 1);
    if (db_prepared_execute(prepared, params) == 0)
        return prepared;
    db_fail_statement(db, prepared, err);
    return NULL;
}

struct db_prepared *db_run_statement(struct db *db, const struct db_statement *statement, const void *params,
                                     struct error *err)
{
    const struct db_composition alone = {.statements = {statement}, .count = 1, .part = DB_ALONE};

    return db_run(db, &alone, &params, err);
}

void db_leave_if_cut_off(struct db *db)
{
    if (db->failure != DB_FAILURE_LOCKED)
        return;
    db->failure = DB_FAILURE_ELSEWHERE;
    db_leave_host(db);
}

bool db_may_go_on(const struct db *db, bool was_connected, int64_t start_us)
{
    int64_t limit_us = db->failure == DB_FAILURE_ELSEWHERE ? db->options->timeout_s * US_PER_S : US_PER_S;

    return (db->failure == DB_FAILURE_LOST || db->failure == DB_FAILURE_ELSEWHERE) && db->connection == NULL &&
           was_connected && timestamp_monotonic_us() - start_us < limit_us;
}

void db_pause_before_retry(int attempt, int64_t started_us)
{
    int64_t took_us = timestamp_monotonic_us() - started_us;
    uint64_t longest_us = (uint64_t)(took_us > PAUSE_MIN_US ? took_us : PAUSE_MIN_US) << attempt;
    uint32_t random;

    if (longest_us > PAUSE_MAX_US)
        longest_us = PAUSE_MAX_US;
    random_fill(&random, sizeof(random));
    usleep((useconds_t)(500 + random % longest_us));
}

static bool has_moved_or_conflicted(const struct db *db)
{
    return db->failure == DB_FAILURE_CONFLICT || (db->failure == DB_FAILURE_ELSEWHERE && db->connection == NULL);
}

static int unknown_change(const struct db_statement *statement, struct error *err)
{
    log_error("database: %s: it is unknown whether it was done", statement->name);
    return error_set(
        err, ERR_INTERNAL,
        "The connection to the database was lost while this was being saved, so it may have been saved. It is safe to do it again.");
}

/* The connection broke after a statement that may have been done. Runs it again until the database answers, as long as
 * a request may take. A row that already exists is the statement's own. */
static int64_t repeat(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    int64_t deadline = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    log_warning("database: %s: it may have been done; running it again", statement->name);
    for (;;) {
        struct db_prepared *prepared;

        db->refuse_until_us = 0;
        prepared = db_run_statement(db, statement, params, err);
        if (prepared != NULL)
            return db_prepared_affected(prepared);
        if (db->failure == DB_FAILURE_DUPLICATE && strcmp(db->duplicate_key, "PRIMARY") == 0)
            return 1;
        if (err->kind != ERR_UNAVAILABLE)
            return -1;
        if (memory_has_run_out() || timestamp_monotonic_us() > deadline)
            return unknown_change(statement, err);
        usleep(DB_ASK_PAUSE_US);
    }
}

int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        int64_t start = timestamp_monotonic_us();
        struct db_prepared *prepared = db_run_statement(db, statement, params, err);

        if (prepared != NULL)
            return db_prepared_affected(prepared);
        if (db->in_transaction || db->is_in_doubt)
            return -1;
        if (db->was_sent && db->failure == DB_FAILURE_LOST)
            return statement->is_repeatable ? repeat(db, statement, params, err) : unknown_change(statement, err);
        if (attempt == DB_ATTEMPTS_MAX || !has_moved_or_conflicted(db))
            return -1;
        db_pause_before_retry(attempt, start);
    }
}

int db_run_text(struct db *db, const char *sql, struct error *err)
{
    db->called_us = timestamp_monotonic_us();
    counters_add(COUNTER_STATEMENTS, 1);
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
