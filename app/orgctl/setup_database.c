#include <errmsg.h>
#include <glob.h>
#include <mysqld_error.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "db/db_schema.h"
#include "domain/accounts/key.h"
#include "domain/credentials/access_token.h"
#include "ownership.h"
#include "setup.h"

#define VALUE_BYTES_MAX 4096
#define TIMEOUT_S 4
#define TOKEN_NAME "setup"

static const struct setup_access owner_only = {0600, (gid_t)-1};

/* The option file */

/* Where servers of the same host have their sockets. */
static const char *const sockets[] = {
    "/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock",     "/var/lib/mysql/mysql.sock",
    "/run/mysql/mysql.sock",   "/opt/lampp/var/mysql/mysql.sock",
};

/* True if nobody but root and the server's user can have made the socket: whoever makes it gets the password, and is
 * the database. */
static bool is_of_server(const char *path, struct arena *arena)
{
    const struct passwd *server = getpwnam("mysql");
    uid_t user = server == NULL ? 0 : server->pw_uid;
    struct stat status;

    return stat(path, &status) == 0 && S_ISSOCK(status.st_mode) && (status.st_uid == 0 || status.st_uid == user) &&
           ownership_fault_of_socket(path, user, arena) == NULL;
}

/* The lines for HOST and HOST:PORT. */
static const char *host_lines(const char *server, struct arena *arena)
{
    const char *colon = strrchr(server, ':');

    if (colon == NULL || colon != strchr(server, ':') || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return arena_printf(arena, "host = %s", server);
    return arena_printf(arena, "host = %.*s\nport = %s", (int)(colon - server), server, colon + 1);
}

static const char *server_lines(const struct setup *setup)
{
    if (setup->server[0] == '/')
        return arena_printf(setup->arena, "socket = %s", setup->server);
    for (size_t i = 0; strcmp(setup->server, "localhost") == 0 && i < ARRAY_LENGTH(sockets); i++)
        if (is_of_server(sockets[i], setup->arena))
            return arena_printf(setup->arena, "socket = %s", sockets[i]);
    return host_lines(setup->server, setup->arena);
}

/* A value as the client library reads it. */
static const char *quote(const char *value, struct arena *arena)
{
    const char *quoted;
    struct buf buf;

    buf_init(&buf, VALUE_BYTES_MAX);
    buf_add_char(&buf, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            buf_add_char(&buf, '\\');
        buf_add_char(&buf, *value);
    }
    buf_add_char(&buf, '"');
    quoted = arena_strndup(arena, buf.data, buf.length);
    buf_release(&buf);
    return quoted;
}

const char *setup_option_file(const struct setup *setup, const char *template)
{
    const struct setup_hole holes[] = {
        {"server", server_lines(setup)},
        {"user", quote(setup->database_user, setup->arena)},
        {"password", quote(setup->password, setup->arena)},
        {"database", quote(setup->database, setup->arena)},
        {0},
    };

    return setup_fill(template, holes, setup->arena);
}

/* The connection */

/* What to do about a connection that cannot be made, by its number. */
static const char *advice_for(unsigned number)
{
    static const struct {
        unsigned number;
        const char *advice;
    } advices[] = {
        {ER_DBACCESS_DENIED_ERROR, "Give this user all rights in this database, or correct the database's name"},
        {ER_ACCESS_DENIED_ERROR, "Correct the user or the password"},
        {ER_BAD_DB_ERROR, "Correct the name of the database, or make it first"},
        {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, "Give another user: this one has no password"},
        {CR_CONNECTION_ERROR, "Correct the host or the path of the socket, or start the server"},
        {CR_CONN_HOST_ERROR, "Correct the host, or start the server"},
        {CR_UNKNOWN_HOST, "Correct the name of the host"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(advices); i++)
        if (advices[i].number == number)
            return advices[i].advice;
    return "Remove the cause";
}

int setup_connect(const struct setup *setup, const char *option_file, const char *group, struct db **out,
                  struct error *err)
{
    struct db_options *options = arena_alloc(setup->arena, sizeof(*options));

    *options = (struct db_options){
        .option_file = option_file, .group = group, .timeout_s = TIMEOUT_S, .lock_timeout_s = TIMEOUT_S};
    *out = db_open(options);
    if (db_connect(*out, err) == 0)
        return 0;
    error_set(err, ERR_UNAVAILABLE, "cannot use the database: %s. %s, and run setup again.", db_last_cause(*out),
              advice_for(db_last_number(*out)));
    db_close(*out);
    *out = NULL;
    return -1;
}

int setup_fail(const struct db *db, struct error *err)
{
    struct error reason = *err;
    const char *cause = db_last_cause(db);

    if (cause[0] == '\0' || strstr(reason.message, cause) != NULL)
        return -1;
    return error_set(err, reason.kind, "%s (%s)", reason.message, cause);
}

int setup_open(struct setup *setup, struct error *err)
{
    if (config_read(setup_path(setup, "orgd.conf"), setup->arena, &setup->config, err) < 0)
        return -1;
    setup->call.config = &setup->config;
    setup->call.db = command_open_database(&setup->config, NULL, setup->arena);
    return db_connect(setup->call.db, err) < 0 ? setup_fail(setup->call.db, err) : 0;
}

/* The content */

int setup_migrate(struct setup *setup, struct error *err)
{
    struct db_migrations migrations;
    int applied;

    if (db_schema_read(setup->config.sql_directory, setup->arena, &migrations, err) < 0)
        return -1;
    applied = db_schema_migrate(setup->call.db, setup->arena, &migrations, NULL, err);
    if (applied < 0)
        return setup_fail(setup->call.db, err);
    setup_report(setup,
                 applied == 0                       ? SETUP_THERE
                 : applied == (int)migrations.count ? SETUP_MADE
                                                    : SETUP_RENEWED,
                 arena_printf(setup->arena, "the schema, version %d", DB_SCHEMA_VERSION));
    return 0;
}

/* What a run that was cut off has left of this file. */
static void remove_drafts(const char *draft, struct arena *arena)
{
    glob_t found;

    unlink(draft);
    if (glob(arena_printf(arena, "%s.[0-9]*", draft), 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
    globfree(&found);
}

int setup_make_keys(const struct setup *setup, struct error *err)
{
    const char *path = setup->config.signing_keys;
    const char *draft = arena_printf(setup->arena, "%s.new", path);
    bool is_there = access(path, F_OK) == 0;
    const char *kid;

    remove_drafts(draft, setup->arena);
    if (!is_there) {
        if (token_file_generate(draft, "ES256", setup->arena, &kid, err) < 0)
            return -1;
        if (chown(draft, (uid_t)-1, setup->group) != 0 || chmod(draft, setup->file_mode) != 0 ||
            rename(draft, path) != 0)
            return error_set(err, ERR_INTERNAL, "cannot write %s: %m", path);
    }
    setup_report(setup, is_there ? SETUP_THERE : SETUP_MADE, path);
    return 0;
}

/* Finds a user who may do everything. `out` has a nil id if there is none. */
static int find_superuser(const struct setup *setup, struct account *out, struct error *err)
{
    static const struct id any;
    struct account *users;
    int64_t count = account_list(&setup->call, ACCOUNT_USER, &any, &users, err);

    *out = (struct account){0};
    for (int64_t i = count - 1; i >= 0; i--)
        if (users[i].is_superuser && users[i].is_active)
            *out = users[i];
    return count < 0 ? setup_fail(setup->call.db, err) : 0;
}

static int make_superuser(struct setup *setup, struct account *out, struct error *err)
{
    if (setup->user == NULL && setup_read_user(setup, err) < 0)
        return -1;
    *out = (struct account){
        .name = text_of(setup->user), .is_superuser = true, .organization_limit = ACCOUNT_DEFAULT_LIMIT};
    if (account_create_user(&setup->call, out, &out->id, err) == 0)
        return 0;
    if (err->kind == ERR_EXISTS)
        return error_set(
            err, ERR_EXISTS,
            "the user %s is there, but may not do everything. Choose another one with --user, or run 'orgctl "
            "user set %s --superuser yes' and setup again.",
            setup->user, setup->user);
    return setup_fail(setup->call.db, err);
}

/* Deletes the token of a run that was cut off before anybody had its secret. */
static int forget_token(const struct setup *setup, const struct id *user_id, struct error *err)
{
    const struct key_owner owner = {.kind = KEY_OF_USER, .account_id = *user_id};
    struct key *keys;
    int64_t count = key_list(&setup->call, user_id, &keys, err);

    for (int64_t i = 0; i < count; i++)
        if (text_equal(keys[i].name, TEXT(TOKEN_NAME)) && key_delete(&setup->call, &owner, &keys[i].id, NULL, err) < 0)
            return setup_fail(setup->call.db, err);
    return count < 0 ? setup_fail(setup->call.db, err) : 0;
}

static int write_token(const struct setup *setup, const struct id *user_id, struct error *err)
{
    const struct key_owner owner = {.kind = KEY_OF_USER, .account_id = *user_id};
    const struct key_input input = {.name = TEXT(TOKEN_NAME), .given.name = true};
    char secret[SECRET_TEXT_SIZE];
    struct key made;
    int result;

    if (key_create(&setup->call, &owner, &input, &made, secret, err) < 0)
        return setup_fail(setup->call.db, err);
    result = setup_replace(setup_path(setup, SETUP_TOKEN_FILE),
                           arena_printf(setup->arena, "Authorization: Bearer %s\n", secret), &owner_only, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

/* A user who has any token gets none. The mark says that there may be one whose secret nobody has. */
static int make_token(const struct setup *setup, const struct account *user, struct error *err)
{
    const char *path = setup_path(setup, SETUP_TOKEN_FILE);
    const char *mark = setup_path(setup, SETUP_TOKEN_FILE ".begun");
    bool was_begun = access(mark, F_OK) == 0;
    struct key *keys;
    int64_t count;

    if (was_begun && forget_token(setup, &user->id, err) < 0)
        return -1;
    count = key_list(&setup->call, &user->id, &keys, err);
    if (count < 0)
        return setup_fail(setup->call.db, err);
    if (count == 0 && (setup_replace(mark, "", &owner_only, err) < 0 || write_token(setup, &user->id, err) < 0))
        return -1;
    unlink(mark);
    if (count == 0 || access(path, F_OK) == 0)
        setup_report(setup, count == 0 ? SETUP_MADE : SETUP_THERE, path);
    return 0;
}

int setup_make_user(struct setup *setup, struct error *err)
{
    struct account user;
    bool is_there;

    if (find_superuser(setup, &user, err) < 0)
        return -1;
    is_there = !id_is_nil(&user.id);
    if (!is_there && make_superuser(setup, &user, err) < 0)
        return -1;
    setup->user = user.name.data;
    setup_report(setup, is_there ? SETUP_THERE : SETUP_MADE,
                 arena_printf(setup->arena, "the user %s, who may do everything", setup->user));
    return make_token(setup, &user, err);
}
