#include <errmsg.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "db_private.h"
#include "db_session.h"
#include "process/user.h"

/* A failure that takes longer means a host that does not answer. */
#define SLOW_US (US_PER_S / 10)
#define FAIL_FAST_US US_PER_S
/* How long a worker stays with a host that is not the first of the list. */
#define SECOND_CHOICE_US (300 * US_PER_S)
/* How often somebody idle looks whether others lack a connection. */
#define LOOK_US (US_PER_S / 4)
#define READ_ONLY_US (10 * US_PER_S)

int db_unavailable(struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE,
                     N_("The database is not available at the moment; nothing was changed. Try again later."));
}

static void close_statements(struct db *db)
{
    for (size_t i = 0; i < db->prepared_count; i++)
        db_prepared_close(db->prepared[i]);
    db->prepared_count = 0;
}

/* Closes the connection first. Closing the statements then needs no answer from a server that may be dead. */
void db_disconnect(struct db *db)
{
    if (db->connection != NULL) {
        mysql_close(db->connection);
        counters_set(COUNTER_CONNECTIONS, 0);
    }
    db->connection = NULL;
    close_statements(db);
}

void db_leave_host(struct db *db)
{
    if (db->hosts.count < 2 || db->is_read_only)
        return;
    db_hosts_avoid(&db->hosts, db->host, timestamp_monotonic_us());
    db_disconnect(db);
}

void db_lose_connection(struct db *db)
{
    int64_t now = timestamp_monotonic_us();

    if (now - db->called_us > SLOW_US)
        db_hosts_avoid(&db->hosts, db->host, now);
    db_disconnect(db);
}

static void set_options(MYSQL *connection, const struct db_options *options, unsigned connect_timeout_s)
{
    my_bool reconnect = 0;

    mysql_options(connection, MYSQL_READ_DEFAULT_FILE, options->option_file);
    mysql_options(connection, MYSQL_READ_DEFAULT_GROUP, options->group);
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(connection, MYSQL_OPT_RECONNECT, &reconnect);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout_s);
    mysql_options(connection, MYSQL_OPT_READ_TIMEOUT, &options->timeout_s);
    mysql_options(connection, MYSQL_OPT_WRITE_TIMEOUT, &options->timeout_s);
}

/* Returns NULL if memory ran out. The client library does not say that it could not keep an option; without its file it
 * would read those of others. */
static MYSQL *new_handle(const struct db *db, unsigned connect_timeout_s)
{
    MYSQL *handle = mysql_init(NULL);
    const char *file = NULL;

    if (handle == NULL)
        return NULL;
    set_options(handle, db->options, connect_timeout_s);
    if (mysql_get_option(handle, MYSQL_READ_DEFAULT_FILE, &file) == 0 && file != NULL)
        return handle;
    mysql_close(handle);
    return NULL;
}

static void name_connection(const struct db *db, const MYSQL *connection, char out[DB_CONNECTION_LOCK_BYTES])
{
    char id[ID_TEXT_SIZE];

    id_format(&db->id, id);
    snprintf(out, DB_CONNECTION_LOCK_BYTES, "orgd_%s_%lu", id, connection->thread_id);
}

static int start_session(const struct db *db, MYSQL *connection)
{
    char lock[DB_CONNECTION_LOCK_BYTES];

    name_connection(db, connection, lock);
    return db_session_start(connection, db->options, lock);
}

static int fail_without_memory(struct db *db, struct error *err)
{
    snprintf(db->cause, sizeof(db->cause), "memory ran out");
    return memory_ran_out(err);
}

/* The client library reads the option file while it connects, and takes the first host of a list that accepts, even if
 * that host then hangs or has left its cluster. So it gets no host, is asked for the list, and we try the hosts. */
static int read_hosts(struct db *db, struct error *err)
{
    MYSQL *handle = new_handle(db, 1);
    int result;

    if (handle == NULL)
        return fail_without_memory(db, err);
    mysql_real_connect(handle, "localhost", NULL, NULL, NULL, 0, "/nonexistent", CLIENT_REMEMBER_OPTIONS);
    if (mysql_errno(handle) == CR_OUT_OF_MEMORY) {
        mysql_close(handle);
        return fail_without_memory(db, err);
    }
    result = db_hosts_set(&db->hosts, handle->options.host, err);
    if (result < 0)
        snprintf(db->cause, sizeof(db->cause), "%s", err->message);
    mysql_close(handle);
    return result;
}

/* Without one, each statement would fail for a reason of its own. */
static bool has_database(const MYSQL *handle)
{
    return handle->db != NULL && handle->db[0] != '\0';
}

/* All hosts together take about one timeout. */
static MYSQL *open_host(struct db *db, const struct db_host *host)
{
    unsigned share_s = db->options->timeout_s / (unsigned)db->hosts.count;
    MYSQL *handle = new_handle(db, share_s > 0 ? share_s : 1);

    if (handle == NULL) {
        fail_without_memory(db, NULL);
        return NULL;
    }
    if (mysql_real_connect(handle, host->name, NULL, NULL, NULL, host->port, NULL, 0) != NULL && has_database(handle) &&
        start_session(db, handle) == 0)
        return handle;
    db->is_refused |= db_failure_is_shortage(mysql_errno(handle), mysql_error(handle));
    if (mysql_errno(handle) == 0)
        snprintf(db->cause, sizeof(db->cause), "the group [%s] of %s names no database: add the line 'database = NAME'",
                 db->options->group, db->options->option_file);
    else
        snprintf(db->cause, sizeof(db->cause), "%s (%u)", mysql_error(handle), mysql_errno(handle));
    db->cause_number = mysql_errno(handle);
    mysql_close(handle);
    return NULL;
}

/* Returns 1 if the host is read-only, 0 if not or if there is no other host, -1 if it does not say. */
static int ask_read_only(struct db *db, MYSQL *connection)
{
    MYSQL_RES *result;
    MYSQL_ROW row;
    int answer;

    if (db->hosts.count == 1)
        return 0;
    if (mysql_query(connection, "SELECT @@GLOBAL.read_only") != 0 ||
        (result = mysql_store_result(connection)) == NULL) {
        snprintf(db->cause, sizeof(db->cause), "%s (%u)", mysql_error(connection), mysql_errno(connection));
        return -1;
    }
    row = mysql_fetch_row(result);
    answer = row != NULL && row[0] != NULL && row[0][0] == '1';
    mysql_free_result(result);
    if (answer == 1)
        snprintf(db->cause, sizeof(db->cause), "it is read-only");
    return answer;
}

/* Takes the connection if its host serves. A node that is not in its cluster fails at the schema. */
static int take(struct db *db, MYSQL *connection, size_t host, struct error *err)
{
    db->connection = connection;
    counters_set(COUNTER_CONNECTIONS, 1);
    db->host = host;
    name_connection(db, connection, db->connection_lock);
    /* A COMMIT in doubt may have reached the cluster but not yet this node, so wait for the cluster. Without Galera
     * this does nothing. */
    if (db->is_in_doubt)
        mysql_query(connection, "SET SESSION wsrep_sync_wait = 1");
    if (db->options->check == NULL)
        return 0;
    if (db->options->check(db, err) == 0) {
        close_statements(db); /* of the check: nobody asks them again */
        return 0;
    }
    if (err->kind != ERR_UNAVAILABLE || db->connection != NULL)
        snprintf(db->cause, sizeof(db->cause), "%s", err->message);
    db_disconnect(db);
    return -1;
}

static void describe(const struct db_host *host, char *out, size_t size)
{
    if (host->port != 0)
        snprintf(out, size, "%s:%u", host->name, host->port);
    else
        snprintf(out, size, "%s", host->name);
}

static void skip(struct db *db, size_t host)
{
    char name[DB_HOSTS_TEXT_MAX];

    db_hosts_avoid(&db->hosts, host, timestamp_monotonic_us());
    if (db->hosts.count == 1)
        return;
    describe(&db->hosts.list[host], name, sizeof(name));
    log_warning("database: host %s does not serve: %s", name, db->cause);
}

/* Connects to the first host that serves; to a read-only one only if no other does. */
static int connect_to_any(struct db *db, struct error *err)
{
    int64_t start = timestamp_monotonic_us();
    size_t order[DB_HOSTS_MAX];
    MYSQL *spare = NULL;
    size_t spare_host = 0;

    db_hosts_order(&db->hosts, start, order);
    for (size_t i = 0; i < db->hosts.count; i++) {
        MYSQL *connection = open_host(db, &db->hosts.list[order[i]]);
        int read_only = connection == NULL ? -1 : ask_read_only(db, connection);

        if (read_only == 0 && take(db, connection, order[i], err) == 0)
            break;
        if (!db->is_refused)
            skip(db, order[i]);
        if (read_only == 1 && spare == NULL) {
            spare = connection;
            spare_host = order[i];
        } else if (read_only != 0) {
            mysql_close(connection);
        }
        if (timestamp_monotonic_us() - start > db->options->timeout_s * US_PER_S)
            break;
    }
    db->is_read_only = db->connection == NULL && spare != NULL;
    if (db->is_read_only)
        return take(db, spare, spare_host, err);
    mysql_close(spare);
    return db->connection != NULL ? 0 : -1;
}

/* Others give their connections back, so one that is refused for want of room is tried again. */
static int connect_in_time(struct db *db, struct error *err)
{
    int64_t end_us = timestamp_monotonic_us() + db->options->timeout_s * US_PER_S;

    for (;;) {
        int64_t now_us;

        db->is_refused = false;
        if (connect_to_any(db, err) == 0)
            return 0;
        now_us = timestamp_monotonic_us();
        if (!db->is_refused || now_us > end_us)
            return -1;
        counters_add(COUNTER_CONNECTION_SHORTAGES, 1);
        shortage_note(db->options->shortage, now_us);
        db_pause_before_retry(2, now_us);
    }
}

static void describe_unreadable(struct db *db)
{
    const char *path = db->options->option_file;
    bool is_missing = errno == ENOENT;
    char sentence[USER_SENTENCE_SIZE];

    if (is_missing)
        snprintf(sentence, sizeof(sentence), "there is no such file");
    else
        user_explain_access(path, sentence);
    snprintf(db->cause, sizeof(db->cause), "cannot read the option file %s (setting database_option_file): %s", path,
             sentence);
}

static int connect_now(struct db *db, struct error *err)
{
    char name[DB_HOSTS_TEXT_MAX];

    if (access(db->options->option_file, R_OK) != 0) {
        describe_unreadable(db);
        log_error("database: %s", db->cause);
        return db_unavailable(err);
    }
    if (read_hosts(db, err) < 0 || connect_in_time(db, err) < 0) {
        log_error("database: cannot connect with the group [%s] of %s: %s", db->options->group,
                  db->options->option_file, db->cause);
        return db_unavailable(err);
    }
    if (db->host == 0 && !db->is_read_only)
        return 0;
    db->leave_us = timestamp_monotonic_us() + (db->is_read_only ? READ_ONLY_US : SECOND_CHOICE_US);
    describe(&db->hosts.list[db->host], name, sizeof(name));
    log_info("database: connected to %s, because no better host serves", name);
    return 0;
}

/* Looks from time to time whether the first host of the list is back. */
static bool is_on_loan(const struct db *db)
{
    return (db->host > 0 || db->is_read_only) && !db->in_transaction && timestamp_monotonic_us() > db->leave_us;
}

int db_connect(struct db *db, struct error *err)
{
    int64_t start;
    int64_t end;
    int result;

    if (db->connection != NULL && (db->is_connecting || !is_on_loan(db)))
        return 0;
    db->failure = DB_FAILURE_LOST;
    start = timestamp_monotonic_us();
    if (start < db->refuse_until_us || db->is_connecting)
        return db_unavailable(err);
    db_disconnect(db);
    db->is_connecting = true;
    result = connect_now(db, err);
    db->is_connecting = false;
    counters_add(result == 0 ? COUNTER_CONNECTS_DONE : COUNTER_CONNECTS_FAILED, 1);
    db->failure = result == 0 ? DB_FAILURE_NONE : DB_FAILURE_LOST;
    end = timestamp_monotonic_us();
    if (result < 0 && end - start > SLOW_US && !db->is_refused)
        db->refuse_until_us = end + FAIL_FAST_US;
    return result;
}

int64_t db_rest(struct db *db, int64_t idle_us)
{
    int64_t now_us;
    int64_t left_us;

    if (db->connection == NULL)
        return INT64_MAX;
    now_us = timestamp_monotonic_us();
    left_us = shortage_is_noted(db->options->shortage, now_us) ? 0 : db->called_us + idle_us - now_us;
    if (left_us > 0)
        return left_us < LOOK_US ? left_us : LOOK_US;
    db_disconnect(db);
    return INT64_MAX;
}
