#include <errmsg.h>
#include <math.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "check.h"
#include "check_sql.h"
#include "db/db_options.h"
#include "db/db_schema.h"
#include "db/db_server.h"
#include "domain/access/purge.h"
#include "domain/access/rights.h"
#include "domain/mail/mail.h"
#include "domain/organizations/mask.h"
#include "ownership.h"

#define PURGE_LATE_US US_PER_HOUR
#define CLOCK_WARNING_S 2
#define CLOCK_FAILED_S 30
#define PACKET_BYTES_MIN INT64_C(1048576)
#define PACKET_BYTES INT64_C(16777216)
#define STATEMENTS_OF_A_WORKER 128
#define ADMINISTRATION 5 /* connections that people need */

/* What to do about a connection that cannot be made, by its number. The option file follows. */
static const struct {
    unsigned number;
    const char *advice;
} advices[] = {
    {CR_CONNECTION_ERROR, "start MariaDB, or correct 'socket' in the group [orgd] of"},
    {CR_CONN_HOST_ERROR, "start MariaDB, or correct 'host' and 'port' in the group [orgd] of"},
    {CR_UNKNOWN_HOST, "correct 'host' in the group [orgd] of"},
    {CR_SSL_CONNECTION_ERROR, "correct 'ssl-ca' and the other options for TLS in the group [orgd] of"},
    {ER_ACCESS_DENIED_ERROR, "correct 'user' and 'password' in the group [orgd] of"},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, "correct 'user' and 'password' in the group [orgd] of"},
    {ER_HOST_NOT_PRIVILEGED, "create the user for this host, or correct 'host' in the group [orgd] of"},
    {ER_BAD_DB_ERROR, "create the database and run 'orgctl migrate', or correct 'database' in the group [orgd] of"},
    {ER_DBACCESS_DENIED_ERROR,
     "give the user the role, as the first lines of application-role.sql (in sql_directory) say, or "
     "correct 'database' in the group [orgd] of"},
    {ER_CON_COUNT_ERROR,
     "raise max_connections of MariaDB, or lower 'workers' in orgd.conf; the connection is said in"},
    {ER_TOO_MANY_USER_CONNECTIONS,
     "raise max_user_connections of the user, or lower 'workers' in orgd.conf; the user is named in"},
    {ER_USER_LIMIT_REACHED, "raise the user's limits, or lower 'workers' in orgd.conf; the user is named in"},
};

static const char *advice_for(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(advices); i++)
        if (advices[i].number == number)
            return advices[i].advice;
    return NULL;
}

static const char *text_of_time(struct arena *arena, struct timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(time, text);
    return arena_printf(arena, "%s", text);
}

/* Whoever can make the socket gets the password, and is the database. Its server runs as whoever owns it. */
static void check_database_socket(struct check *check)
{
    const char *path = db_socket(check->in->call.db);
    const char *fault = NULL;
    struct stat status;

    if (path == NULL)
        return;
    if (stat(path, &status) == 0)
        fault = ownership_fault_of_socket(path, status.st_uid, check->in->call.arena);
    if (fault == NULL)
        check_row(check, "socket of the database", CHECK_OK, "%s", "");
    else
        check_row(check, "socket of the database", CHECK_FAILED,
                  "%s. Let the server make its socket in a directory of its own, and write that path into %s", fault,
                  check->in->call.config->database_option_file);
}

static bool connect_to(struct check *check)
{
    const struct invocation *in = check->in;
    const char *file = in->call.config->database_option_file;
    const char *advice;
    struct error err;

    if (access(file, F_OK) != 0) {
        check_row(
            check, "database", CHECK_FAILED,
            "there is no option file %s: copy the sample my.cnf there, and write the user and the password into it",
            file);
        return false;
    }
    if (db_connect(in->call.db, &err) == 0) {
        check_database_socket(check);
        return true;
    }
    advice = advice_for(db_last_number(in->call.db));
    if (advice == NULL)
        check_row(check, "database", CHECK_FAILED, "%s", db_last_cause(in->call.db));
    else
        check_row(check, "database", CHECK_FAILED, "%s: %s %s", db_last_cause(in->call.db), advice, file);
    return false;
}

static void check_version(struct check *check, const struct db_server *server)
{
    if (db_server_is_known(server->version))
        check_row(check, "database version", CHECK_OK, "%s", "");
    else
        check_row(check, "database version", CHECK_FAILED,
                  "this is version %s: install MariaDB " DB_SERVER_OLDEST " or later", server->version.data);
}

/* Reports a variable of the server that is too low, and how to raise it. */
static void check_variable(struct check *check, const char *name, int64_t value, int64_t wanted, enum verdict verdict,
                           const char *why)
{
    check_row(check, name, verdict,
              "%s is %lld, %s: run " SQL_SET_VARIABLE " as the database's administrator, and write '%s = %lld' into "
              "the configuration of MariaDB",
              name, (long long)value, why, name, (long long)wanted, name, (long long)wanted);
}

static void check_variables(struct check *check, const struct db_server *server)
{
    int64_t statements = (check->in->call.config->workers + 1) * STATEMENTS_OF_A_WORKER;

    if (server->is_read_only != 0)
        check_variable(check, "read_only", 1, 0, CHECK_FAILED, "so that the database takes no writes");
    if (server->max_allowed_packet < PACKET_BYTES_MIN)
        check_variable(check, "max_allowed_packet", server->max_allowed_packet, PACKET_BYTES, CHECK_FAILED,
                       "too little for an organization with its links");
    if (server->max_prepared_statements < statements)
        check_variable(check, "max_prepared_stmt_count", server->max_prepared_statements, statements, CHECK_FAILED,
                       "fewer than the workers may prepare");
    if (server->flush_log != 1)
        check_variable(check, "innodb_flush_log_at_trx_commit", server->flush_log, 1,
                       command_option(check->in, "hosting") == NULL ? CHECK_WARNING : CHECK_LIMITED,
                       "so that a crash of its host may lose what was acknowledged");
}

static void check_clock(struct check *check, const struct db_server *server)
{
    double ahead_s = (double)(server->now.us - timestamp_now().us) / (double)US_PER_S;
    double off_s = fabs(ahead_s);
    enum verdict verdict = off_s >= CLOCK_FAILED_S ? CHECK_FAILED : off_s >= CLOCK_WARNING_S ? CHECK_WARNING : CHECK_OK;

    check_number(check, "clock_offset", ahead_s, "s", ";-2:2;-30:30");
    if (verdict == CHECK_OK)
        check_row(check, "clock", verdict, "%s", "");
    else
        check_row(
            check, "clock", verdict,
            "the clock of the database is %.0f seconds %s that of this host: let both follow a time server, such as by "
            "systemd-timesyncd or chrony",
            off_s, ahead_s > 0 ? "ahead of" : "behind");
}

/* How many connections the pool takes: its workers, the courier, and that of mails. */
static int64_t connections_of(const struct config *config)
{
    return config->listen[0] == '\0' ? 0 : config->workers + (mail_is_for_couriers(config) ? 2 : 1);
}

static void check_connections(struct check *check, const struct db_server *server)
{
    static const char what[] = "database connections";
    const struct config *config = check->in->call.config;
    int64_t needed = connections_of(config);
    int64_t limit = server->max_user_connections;

    check_number(check, "connections", (double)server->connections, "",
                 arena_printf(check->in->call.arena, ";;%lld", (long long)server->max_connections));
    if (limit > 0 && needed > limit && config->database_idle_timeout > 0)
        check_row(
            check, what, CHECK_WARNING,
            "max_user_connections of %s is %lld, and the pool keeps %lld, so that requests wait for each other: set "
            "'database_idle_timeout = 0' in orgd.conf, and start orgd again",
            server->account.data, (long long)limit, (long long)needed);
    else if (needed + ADMINISTRATION > server->max_connections)
        check_variable(check, "max_connections", server->max_connections, 2 * needed + ADMINISTRATION, CHECK_FAILED,
                       "and the pool alone keeps nearly as many or more");
    else
        check_row(check, what, CHECK_OK, "%s", "");
}

/* To take these from an account would leave the server without its administrator. */
static bool administers_server(const struct db_server *server)
{
    return server->more_rights.data != NULL && (strstr(server->more_rights.data, SQL_RIGHT_OF_ADMINISTRATORS) != NULL ||
                                                strstr(server->more_rights.data, SQL_RIGHT_TO_MAKE_ACCOUNTS) != NULL);
}

/* What the workers do not need, unless the same account administers the installation. */
static void check_rights_beyond(struct check *check, const char *what, const struct db_server *server,
                                const struct rights *rights)
{
    const struct config *config = check->in->call.config;
    bool is_shared = strcmp(db_option_group(config->database_option_file), "orgd") == 0;

    if (administers_server(server))
        check_row(check, what, CHECK_WARNING,
                  "%s is an administrator of the server: make an account for the workers, by 'orgctl setup' or as the "
                  "first lines of %s/application-role.sql say, and name it in the group [orgd] of %s",
                  server->account.data, config->sql_directory, config->database_option_file);
    else if (server->more_rights.data != NULL)
        check_row(check, what, is_shared ? CHECK_LIMITED : CHECK_WARNING,
                  "%s has rights on all databases: run " SQL_REVOKE_EVERYWHERE " as the database's administrator",
                  server->account.data, server->more_rights.data, server->account.data);
    else if (rights->may_administer && !is_shared)
        check_row(check, what, CHECK_WARNING,
                  "the workers may make superusers and change the record of migrations: run " SQL_REVOKE_ALL ", "
                  "%s/application-role.sql and " SQL_GRANT_ROLE " as the database's administrator",
                  server->database.data, server->account.data, config->sql_directory, server->account.data);
    else
        check_row(check, what, CHECK_OK, "%s", "");
}

/* What the workers need. */
static void check_rights(struct check *check, const struct db_server *server)
{
    static const char what[] = "rights in the database";
    const struct config *config = check->in->call.config;
    struct rights rights;
    struct error err;

    if (server->is_read_only != 0)
        return; /* nothing could be tried */
    if (rights_check(&check->in->call, &rights, &err) < 0)
        check_row(check, what, CHECK_FAILED, "%s", err.message);
    else if (rights.missing_table != NULL)
        check_row(
            check, what, CHECK_FAILED,
            "the table %s is missing: restore it from a backup. If what was in it may be lost, run " SQL_FORGET_MIGRATIONS
            " as the database's administrator, then 'orgctl migrate', then "
            "%s/application-role.sql",
            rights.missing_table, server->database.data, config->sql_directory);
    else if (rights.lacking_table != NULL)
        check_row(check, what, CHECK_FAILED,
                  "%s: run %s/application-role.sql and " SQL_GRANT_ROLE " as the database's administrator",
                  rights.cause, config->sql_directory, server->account.data);
    else
        check_rights_beyond(check, what, server, &rights);
}

/* Returns whether the tables are what the program knows, so that one can look into them. */
static bool check_schema(struct check *check)
{
    struct error err;

    if (db_schema_check(check->in->call.db, &err) < 0) {
        check_row(check, "schema", CHECK_FAILED, "%s", err.message);
        return false;
    }
    check_row(check, "schema", CHECK_OK, "%s", "");
    return true;
}

/* Rows that are over wait at most some seconds for a courier, and some minutes for a timer. */
static void check_purge(struct check *check)
{
    static const char advice[] =
        "let 'orgd --listen' keep the workers, or run 'orgctl purge' every few minutes; see orgctl(1)";
    const struct call *call = &check->in->call;
    struct timestamp oldest = {0};
    struct timestamp done = {0};
    struct error err;

    if (purge_backlog(call, &oldest, &err) < 0 || purge_done(call, &done, &err) < 0) {
        check_row(check, "purge", CHECK_FAILED, "%s", err.message);
        return;
    }
    check_number(check, "purge_age", done.us == 0 ? 0 : (double)(call->now.us - done.us) / (double)US_PER_S, "s",
                 ";;3600");
    if (oldest.us != 0 && oldest.us < call->now.us - PURGE_LATE_US)
        check_row(check, "purge", CHECK_FAILED, "rows that are over have waited for more than an hour: %s", advice);
    else if (done.us < call->now.us - PURGE_LATE_US)
        check_row(check, "purge", CHECK_FAILED, "nobody has looked for what is over since %s: %s",
                  text_of_time(check->in->call.arena, done), advice);
    else
        check_row(check, "purge", CHECK_OK, "last done within 10 minutes of %s",
                  text_of_time(check->in->call.arena, done));
}

/* What a member may do is computed by the writes, and every request relies on it. */
static void check_masks(struct check *check)
{
    static const char what[] = "permissions of members";
    struct mask_walk walk = {.is_over = false};
    int64_t wrong[2] = {0, 0}; /* members, teams */
    struct mask_fault *faults;
    struct error err;

    while (!walk.is_over) {
        bool is_of_teams = !walk.is_behind_teams;
        int64_t count = mask_look(&check->in->call, &walk, &faults, &err);

        if (count < 0) {
            check_row(check, what, CHECK_FAILED, "%s", err.message);
            return;
        }
        wrong[is_of_teams ? 1 : 0] += count;
    }
    check_number(check, "wrong_members", (double)(wrong[0] + wrong[1]), "", ";;0");
    if (wrong[0] + wrong[1] == 0)
        check_row(check, what, CHECK_OK, "%s", "");
    else
        check_row(check, what, CHECK_FAILED,
                  "%lld members and %lld teams may do something else than their roles say: 'orgctl member repair "
                  "--dry-run' names them, and 'orgctl member repair' corrects it",
                  (long long)wrong[0], (long long)wrong[1]);
}

void check_database(struct check *check)
{
    struct db_server server;
    struct error err;

    if (!connect_to(check))
        return;
    if (db_server_read(check->in->call.db, check->in->call.arena, &server, &err) < 0) {
        check_row(check, "database", CHECK_FAILED, "%s (%s)", err.message, db_last_cause(check->in->call.db));
        return;
    }
    check_row(check, "database", CHECK_OK, "%s", "");
    check_version(check, &server);
    check_variables(check, &server);
    check_clock(check, &server);
    check_connections(check, &server);
    if (!check_schema(check))
        return;
    check_rights(check, &server);
    check_masks(check);
    check_purge(check);
    check_outbox(check);
}
