#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "check_url.h"
#include "setup.h"
#include "setup_sql.h"

#define SCRIPT_BYTES_MAX ((size_t)64 * 1024)
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define DATABASE_OF_ROLE "SET @orgd_database = 'orgd'"

#define SERVICE_USER "orgd" /* as orgd.service has it */

/* The users that packages and web servers make for what runs the workers. */
static const char *const worker_users[] = {SERVICE_USER, "www-data", "lighttpd", "apache", "nginx", "http"};

static int find_group(struct setup *setup, struct error *err)
{
    const char *given = command_option(setup->in, "as");
    const struct passwd *user = given == NULL ? NULL : getpwnam(given);

    for (size_t i = 0; given == NULL && user == NULL && i < ARRAY_LENGTH(worker_users); i++)
        user = getpwnam(worker_users[i]);
    if (user == NULL && given != NULL)
        return error_set(err, ERR_VALIDATION, "--as %s: there is no such user", given);
    if (user == NULL)
        return error_set(err, ERR_VALIDATION, "name the user that runs the workers with --as");
    setup->workers = arena_strndup(setup->arena, user->pw_name, strlen(user->pw_name));
    setup->group = user->pw_gid;
    setup->file_mode = 0640;
    return 0;
}

/* These names stand in SQL. */
static int check_name(const char *option, const char *name, struct error *err)
{
    if (strspn(name, NAME_CHARACTERS) == strlen(name) && strlen(name) <= 64)
        return 0;
    return error_set(err, ERR_VALIDATION, "--%s %s: choose a name of ASCII letters, digits and _", option, name);
}

static const char *fill_sql(const struct setup *setup, const char *template)
{
    const struct setup_hole holes[] = {
        {"database", setup->database},
        {"user", setup->database_user},
        {"password", setup->password},
        {0},
    };

    return setup_fill(template, holes, setup->arena);
}

/* application-role.sql is written for mariadb(1), whose DELIMITER the server does not know. */
static const char *role_script(const struct setup *setup, struct error *err)
{
    const char *path = arena_printf(setup->arena, "%s/application-role.sql", setup->source.sql);
    const char *text = setup_read(path, setup->arena);
    const char *script;
    struct buf buf;

    if (text == NULL) {
        error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    buf_init(&buf, SCRIPT_BYTES_MAX);
    for (size_t length; *text != '\0'; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (strncmp(text, DATABASE_OF_ROLE, strlen(DATABASE_OF_ROLE)) == 0)
            buf_add_string(&buf, setup_set_database);
        else if (strncmp(text, "END //", 6) == 0)
            buf_add_string(&buf, "END;\n");
        else if (strncmp(text, "DELIMITER", 9) != 0)
            buf_printf(&buf, "%.*s\n", (int)length, text);
    }
    script = arena_strndup(setup->arena, buf.data, buf.length);
    buf_release(&buf);
    return script;
}

/* An option file that is needed for a moment. Fails as the functions do that it lets see it. */
static int with_option_file(const struct setup *setup, const char *name, const char *text, const char *group,
                            int (*use)(const struct setup *setup, struct db *db, struct error *err), struct error *err)
{
    static const struct setup_access owner_only = {0600, (gid_t)-1};
    const char *path = setup_path(setup, name);
    struct db *db = NULL;
    int result = setup_replace(path, text, &owner_only, err);

    if (result == 0)
        result = setup_connect(setup, path, group, &db, err);
    if (result == 0)
        result = use(setup, db, err);
    if (result < 0 && db != NULL)
        setup_fail(db, err);
    db_close(db);
    unlink(path);
    return result;
}

static int create_database(const struct setup *setup, struct db *db, struct error *err)
{
    return db_run_script(db, fill_sql(setup, setup_create_database), err);
}

/* After each migration: it gives the rights to what is new. */
static int run_role_script(const struct setup *setup, struct db *db, struct error *err)
{
    const char *script = role_script(setup, err);

    return script == NULL ? -1 : db_run_script(db, script, err);
}

static int fill_database(const struct setup *setup, struct db *db, struct error *err)
{
    struct setup within = *setup;

    within.call.db = db;
    within.config.sql_directory = setup->source.sql;
    if (setup_migrate(&within, err) < 0 || run_role_script(setup, db, err) < 0)
        return -1;
    return db_run_script(db, fill_sql(setup, setup_create_account), err);
}

/* The option file takes its place when all that it names is there. */
static int make_database(struct setup *setup, struct error *err)
{
    const struct setup_access secret = {setup->file_mode, setup->group};
    const char *path = setup_path(setup, "my.cnf");
    const char *text;

    if (setup->server == NULL) {
        setup_report(setup, SETUP_THERE, path);
        return 0;
    }
    setup->password = setup_make_secret(setup->arena);
    text = setup_option_file(setup, setup_my_root_cnf);
    if (with_option_file(setup, "my.cnf.server", setup_option_file(setup, setup_server_cnf), "orgctl", create_database,
                         err) < 0 ||
        with_option_file(setup, "my.cnf.trial", text, "orgctl", fill_database, err) < 0 ||
        setup_replace(path, text, &secret, err) < 0)
        return -1;
    setup_report(setup, SETUP_MADE,
                 arena_printf(setup->arena, "the database %s and its user %s", setup->database, setup->database_user));
    setup_report(setup, SETUP_MADE, path);
    return 0;
}

/* In a run before this one. */
static int update_database(struct setup *setup, bool is_made_now, struct error *err)
{
    if (is_made_now)
        return 0;
    if (setup_migrate(setup, err) < 0)
        return -1;
    return run_role_script(setup, setup->call.db, err) < 0 ? setup_fail(setup->call.db, err) : 0;
}

/* The configuration as `make install` or a package puts it there shows each default in a comment: the URL replaces that
 * of its own, and all else stays. */
static const char *with_url(const struct setup *setup, const char *text)
{
    static const char shown[] = "\n#public_url =";
    const char *line = strstr(text, shown);

    if (line == NULL)
        return arena_printf(setup->arena, "public_url = %s\n%s", setup->public_url, text);
    return arena_printf(setup->arena, "%.*s\npublic_url = %s%s", (int)(line - text), text, setup->public_url,
                        strchrnul(line + 1, '\n'));
}

static int make_configuration(const struct setup *setup, struct error *err)
{
    static const struct setup_access readable = {0644, (gid_t)-1};
    const char *path = setup_path(setup, "orgd.conf");
    const char *old = setup_read(path, setup->arena);
    const struct setup_hole holes[] = {
        {"public_url", setup->public_url},
        {"sql_directory", setup->source.sql},
        {"settings", "log = stderr"},
        {0},
    };
    bool is_there = old != NULL && setup_has_setting(old, "public_url");

    if (old == NULL && errno != ENOENT)
        return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    if (!is_there &&
        setup_replace(path, old == NULL ? setup_fill(setup_orgd_conf, holes, setup->arena) : with_url(setup, old),
                      &readable, err) < 0)
        return -1;
    setup_report(setup, is_there ? SETUP_THERE : old == NULL ? SETUP_MADE : SETUP_RENEWED, path);
    return 0;
}

static int make_directory(const struct setup *setup, struct error *err)
{
    static const struct setup_access readable = {0755, (gid_t)-1};

    return setup_report_directory(setup, setup->directory, &readable, err) < 0 ? -1 : setup_check_ownership(setup, err);
}

/* Lets another user run the workers than the one of an earlier run, if --as says so. */
static int give_to_workers(const struct setup *setup, const char *path, struct error *err)
{
    struct stat status;

    if (command_option(setup->in, "as") == NULL || stat(path, &status) != 0 || status.st_gid == setup->group)
        return 0;
    if (chown(path, (uid_t)-1, setup->group) != 0 || chmod(path, setup->file_mode) != 0)
        return error_set(err, ERR_INTERNAL, "cannot give %s to another group: %s", path, strerror(errno));
    setup_report(setup, SETUP_RENEWED, arena_printf(setup->arena, "the group of %s", path));
    return 0;
}

static void say_what_is_left(const struct setup *setup, bool is_served)
{
    const char *url = setup->public_url;

    command_report(setup->in, "\nWhat is left to do:\n");
    if (!is_served && strcmp(setup->workers, SERVICE_USER) == 0)
        command_report(setup->in, "- Let systemd start the workers:\n    systemctl enable --now orgd.socket orgd\n");
    if (!is_served)
        command_report(setup->in,
                       "- Let a web server serve %s: take the sample for yours from\n"
                       "  %s; it says what else to do. Then:\n"
                       "    orgctl check --url %s\n",
                       url, EXAMPLESDIR, url);
    command_report(setup->in,
                   "- Give %s a password for signing in with a browser:\n"
                   "    orgctl user set %s --password\n"
                   "- Try the token of %s, keep it elsewhere, and delete its file:\n"
                   "    curl -H @%s/" SETUP_TOKEN_FILE " %s/users/me\n",
                   setup->user, setup->user, setup->user, setup->directory, url);
}

/* A host of one's own, where MariaDB knows root by its socket. */
int setup_host(struct setup *setup, struct error *err)
{
    bool is_made_now = setup->server != NULL;
    bool is_served;

    if (is_made_now && (check_name("database", setup->database, err) < 0 ||
                        check_name("database-user", setup->database_user, err) < 0))
        return -1;
    if (find_group(setup, err) < 0 || make_directory(setup, err) < 0 || make_database(setup, err) < 0 ||
        make_configuration(setup, err) < 0 || setup_open(setup, err) < 0 ||
        update_database(setup, is_made_now, err) < 0 || setup_make_keys(setup, err) < 0 ||
        setup_make_user(setup, err) < 0 || give_to_workers(setup, setup->config.database_option_file, err) < 0 ||
        give_to_workers(setup, setup->config.signing_keys, err) < 0)
        return -1;
    is_served = check_url(setup->public_url, 0, setup->arena) == NULL;
    if (setup_check(setup, setup->source.orgctl, is_served, err) < 0)
        return -1;
    say_what_is_left(setup, is_served);
    return 0;
}
