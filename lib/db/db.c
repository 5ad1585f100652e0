#include "db.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "db_private.h"
#include "db_schema.h"

#define STATEMENTS_MAX 128
#define TRANSACTION_ATTEMPTS 5
#define SLOW_FAILURE_US (US_PER_S / 10)
#define FAIL_FAST_US US_PER_S

/* What a failure of the server or the client library means for us. */
enum failure {
    FAILURE_NONE,
    FAILURE_LOST,      /* the connection is gone */
    FAILURE_CONFLICT,  /* deadlock or certification conflict: the transaction may be tried again */
    FAILURE_DUPLICATE, /* a unique key */
    FAILURE_REFERENCE, /* a foreign key */
    FAILURE_BUSY,      /* too long, read-only, full: not now */
    FAILURE_BUG,
};

struct db {
    const struct db_options *options;
    MYSQL *connection; /* NULL while there is none */
    struct db_prepared *prepared[STATEMENTS_MAX];
    size_t prepared_count;
    bool in_transaction;
    enum failure failure; /* of the last call */
    char cause[512];
    char duplicate_key[64];
    int64_t refuse_until_us; /* monotonic: after a slow failure to connect, requests fail at once for a while */
};

static const struct {
    unsigned number;
    enum failure failure;
} failures[] = {
    {CR_SERVER_GONE_ERROR, FAILURE_LOST},
    {CR_SERVER_LOST, FAILURE_LOST},
    {CR_SERVER_LOST_EXTENDED, FAILURE_LOST},
    {CR_CONNECTION_ERROR, FAILURE_LOST},
    {CR_CONN_HOST_ERROR, FAILURE_LOST},
    {CR_COMMANDS_OUT_OF_SYNC, FAILURE_LOST},
    {ER_SERVER_SHUTDOWN, FAILURE_LOST},
    {ER_CONNECTION_KILLED, FAILURE_LOST},
    {ER_NEW_ABORTING_CONNECTION, FAILURE_LOST},
    {4031, FAILURE_LOST}, /* MySQL's ER_CLIENT_INTERACTION_TIMEOUT */
    {ER_UNKNOWN_STMT_HANDLER, FAILURE_LOST},
    {ER_NEED_REPREPARE, FAILURE_LOST},
    {ER_LOCK_DEADLOCK, FAILURE_CONFLICT},
    {ER_CHECKREAD, FAILURE_CONFLICT},
    {ER_DUP_ENTRY, FAILURE_DUPLICATE},
    {ER_NO_REFERENCED_ROW_2, FAILURE_REFERENCE},
    {ER_ROW_IS_REFERENCED_2, FAILURE_REFERENCE},
    {ER_LOCK_WAIT_TIMEOUT, FAILURE_BUSY},
    {ER_STATEMENT_TIMEOUT, FAILURE_BUSY},
    {ER_QUERY_INTERRUPTED, FAILURE_BUSY},
    {ER_OPTION_PREVENTS_STATEMENT, FAILURE_BUSY},
    {ER_DISK_FULL, FAILURE_BUSY},
    {ER_RECORD_FILE_FULL, FAILURE_BUSY},
    {ER_UNKNOWN_COM_ERROR, FAILURE_BUSY}, /* a Galera node that is not in the cluster */
};

static enum failure classify(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        if (failures[i].number == number)
            return failures[i].failure;
    return FAILURE_BUG;
}

struct db *db_open(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof(*db));

    if (db == NULL)
        abort();
    db->options = options;
    return db;
}

/* The connection first: then closing the statements is no conversation with a server that may not answer. */
static void disconnect(struct db *db)
{
    if (db->connection != NULL)
        mysql_close(db->connection);
    db->connection = NULL;
    for (size_t i = 0; i < db->prepared_count; i++)
        db_prepared_close(db->prepared[i]);
    db->prepared_count = 0;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    disconnect(db);
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

static int unavailable(struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE,
                     "The database is not available at the moment; nothing was changed. Try again later.");
}

int db_conflict(struct db *db, struct error *err)
{
    db->failure = FAILURE_CONFLICT;
    return unavailable(err);
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
    db->failure = classify(number);
    snprintf(db->cause, sizeof(db->cause), "%s (%u)", message, number);
    switch (db->failure) {
    case FAILURE_DUPLICATE:
        remember_duplicate_key(db, message);
        return error_set(err, ERR_EXISTS, "It exists already.");
    case FAILURE_REFERENCE:
        return error_set(err, ERR_NOT_FOUND, "What this refers to is gone, or still in use.");
    case FAILURE_CONFLICT:
        log_debug("database: %s: %s", what, db->cause);
        return unavailable(err);
    case FAILURE_LOST:
    case FAILURE_BUSY:
        log_warning("database: %s: %s", what, db->cause);
        return unavailable(err);
    default:
        log_error("database: %s: %s", what, db->cause);
        return error_set(err, ERR_INTERNAL, "Something went wrong here; the log has the details.");
    }
}

static int fail_query(struct db *db, const char *what, struct error *err)
{
    int result = fail(db, what, mysql_errno(db->connection), mysql_error(db->connection), err);

    if (db->failure == FAILURE_LOST)
        disconnect(db);
    return result;
}

static void set_options(MYSQL *connection, const struct db_options *options)
{
    char limits[256];
    my_bool reconnect = 0;

    mysql_options(connection, MYSQL_READ_DEFAULT_FILE, options->option_file);
    mysql_options(connection, MYSQL_READ_DEFAULT_GROUP, options->group);
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(connection, MYSQL_OPT_RECONNECT, &reconnect);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &options->timeout_s);
    mysql_options(connection, MYSQL_OPT_READ_TIMEOUT, &options->timeout_s);
    mysql_options(connection, MYSQL_OPT_WRITE_TIMEOUT, &options->timeout_s);
    /* The server gives up a little before we do, so that a slow statement costs no connection. */
    snprintf(limits, sizeof(limits),
             "SET SESSION time_zone = '+00:00', autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
             "max_statement_time = %u.%u, innodb_lock_wait_timeout = %u",
             options->timeout_s - 1, 8, options->lock_timeout_s);
    mysql_options(connection, MYSQL_INIT_COMMAND, limits);
    mysql_options(connection, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

static int connect_now(struct db *db, struct error *err)
{
    if (access(db->options->option_file, R_OK) != 0) {
        snprintf(db->cause, sizeof(db->cause), "the option file %s cannot be read (setting database_option_file)",
                 db->options->option_file);
        log_error("database: %s", db->cause);
        return unavailable(err);
    }
    db->connection = mysql_init(NULL);
    if (db->connection == NULL)
        abort();
    set_options(db->connection, db->options);
    if (mysql_real_connect(db->connection, NULL, NULL, NULL, NULL, 0, NULL, 0) == NULL) {
        snprintf(db->cause, sizeof(db->cause), "%s (%u)", mysql_error(db->connection), mysql_errno(db->connection));
        log_error("database: cannot connect as group [%s] of %s says: %s", db->options->group, db->options->option_file,
                  db->cause);
        disconnect(db);
        return unavailable(err);
    }
    if (!db->options->needs_schema || db_schema_check(db, err) == 0)
        return 0;
    if (err->kind != ERR_UNAVAILABLE || db->connection != NULL) {
        log_error("database: %s", err->message);
        snprintf(db->cause, sizeof(db->cause), "%s", err->message);
        disconnect(db);
    }
    return unavailable(err);
}

int db_connect(struct db *db, struct error *err)
{
    int64_t start = timestamp_monotonic_us();
    int64_t end;

    if (db->connection != NULL)
        return 0;
    db->failure = FAILURE_LOST;
    if (start < db->refuse_until_us)
        return unavailable(err);
    if (connect_now(db, err) == 0) {
        db->failure = FAILURE_NONE;
        return 0;
    }
    db->failure = FAILURE_LOST;
    end = timestamp_monotonic_us();
    if (end - start > SLOW_FAILURE_US)
        db->refuse_until_us = end + FAIL_FAST_US;
    return -1;
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
    int result = fail(db, name, db_prepared_errno(prepared), db_prepared_error(prepared), err);

    if (db->failure == FAILURE_LOST)
        disconnect(db);
    return result;
}

static struct db_prepared *prepare(struct db *db, const struct db_statement *statement, struct error *err)
{
    struct db_prepared *prepared = find_prepared(db, statement);

    if (prepared != NULL)
        return prepared;
    if (db->prepared_count == STATEMENTS_MAX)
        abort();
    prepared = db_prepared_open(db->connection, statement);
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
        unavailable(err);
        return NULL;
    }
    if (db_connect(db, err) < 0)
        return NULL;
    db->failure = FAILURE_NONE;
    prepared = prepare(db, statement, err);
    if (prepared == NULL)
        return NULL;
    if (db_prepared_execute(prepared, params) < 0) {
        fail_statement(db, prepared, err);
        return NULL;
    }
    return prepared;
}

/* Where rows go: into one struct, or into a growing array. */
struct rows {
    void *data;
    int64_t count;
    int64_t capacity;
};

static int fetch_rows(struct db *db, struct db_prepared *prepared, struct arena *arena, struct rows *rows,
                      struct error *err)
{
    size_t row_size = db_prepared_statement(prepared)->row_size;

    for (;;) {
        int got;

        if (rows->count == rows->capacity) {
            void *larger = arena_zalloc(arena, (size_t)rows->capacity * 2 * row_size);

            memcpy(larger, rows->data, (size_t)rows->count * row_size);
            rows->data = larger;
            rows->capacity *= 2;
        }
        got = db_prepared_fetch(prepared, arena, (char *)rows->data + (size_t)rows->count * row_size);
        if (got < 0)
            return fail_statement(db, prepared, err);
        if (got == 0)
            break;
        rows->count++;
    }
    return db_prepared_finish(prepared) < 0 ? fail_statement(db, prepared, err) : 0;
}

static int query(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 struct rows *rows, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        struct db_prepared *prepared = execute(db, statement, params, err);

        rows->count = 0;
        if (prepared != NULL && fetch_rows(db, prepared, arena, rows, err) == 0)
            return 0;
        /* A connection that the server closed while it was idle: a new one serves the read as well. */
        if (db->failure != FAILURE_LOST || !was_connected || db->in_transaction || attempt > 1 ||
            timestamp_monotonic_us() - start > US_PER_S)
            return -1;
    }
}

int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err)
{
    struct rows rows = {.capacity = 2};

    rows.data = arena_zalloc(arena, 2 * statement->row_size);
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

    rows.data = arena_zalloc(arena, 32 * statement->row_size);
    if (query(db, statement, params, arena, &rows, err) < 0)
        return -1;
    *out = rows.data;
    return rows.count;
}

int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    struct db_prepared *prepared = execute(db, statement, params, err);

    return prepared == NULL ? -1 : db_prepared_affected(prepared);
}

static int run_text(struct db *db, const char *sql, struct error *err)
{
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

/* Asks until the database answers, as long as a request may take at all. */
static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    int64_t deadline = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    log_warning("database: the connection broke during COMMIT; looking for what became of it");
    do {
        int done;

        if (work->is_done == NULL)
            break;
        db->refuse_until_us = 0;
        done = work->is_done(db, work->context, err);
        if (done < 0 && err->kind != ERR_UNAVAILABLE)
            return -1;
        if (done >= 0) {
            log_info("database: the transaction was %s", done == 1 ? "committed" : "rolled back");
            return done == 1 ? 0 : unavailable(err);
        }
        usleep(100 * 1000);
    } while (timestamp_monotonic_us() < deadline);
    log_error("database: whether the transaction was committed could not be found out");
    return error_set(err, ERR_INTERNAL,
                     "The database went away while this was being saved. Read it again to see whether it was.");
}

/* 0: committed; -1: not, and `db->failure` says why. */
static int attempt_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    int result = -1;

    if (db_connect(db, err) < 0)
        return -1;
    db->failure = FAILURE_NONE;
    if (run_text(db, "START TRANSACTION", err) < 0)
        return -1;
    db->in_transaction = true;
    if (work->run(db, work->context, err) == 0) {
        result = run_text(db, "COMMIT", err);
        db->in_transaction = false;
        if (result < 0 && db->failure == FAILURE_LOST) {
            result = resolve_doubt(db, work, err);
            db->failure = FAILURE_NONE;
        }
        return result;
    }
    db->in_transaction = false;
    if (db->connection != NULL && mysql_rollback(db->connection) != 0)
        disconnect(db);
    return -1;
}

static void pause_before_retry(int attempt)
{
    uint16_t random;

    secret_random(&random, sizeof(random));
    usleep((useconds_t)(500 + random % (4000 << attempt)));
}

int db_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        bool was_idle_loss;

        if (attempt_transaction(db, work, err) == 0)
            return 0;
        was_idle_loss = db->failure == FAILURE_LOST && was_connected && timestamp_monotonic_us() - start < US_PER_S;
        if (attempt == TRANSACTION_ATTEMPTS || (db->failure != FAILURE_CONFLICT && !was_idle_loss))
            return -1;
        if (db->failure == FAILURE_CONFLICT)
            pause_before_retry(attempt);
    }
}
