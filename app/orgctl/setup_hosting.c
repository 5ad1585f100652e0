#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "check_url.h"
#include "process/confine.h"
#include "setup.h"
#include "setup_sql.h"

#define SETTINGS_BYTES_MAX 4096

static const struct setup_access private_directory = {0700, (gid_t)-1};
static const struct setup_access reachable_directory = {0711, (gid_t)-1}; /* for the web server */

/* How many processes may be connected to the database at a time: mod_fcgid starts up to 100 of a kind unless its
 * administrator says otherwise, and CGI one for each request; a pool has four workers, a courier, and orgctl beside it.
 */
static const int64_t processes[] = {[SETUP_FCGID] = 100, [SETUP_CGI] = 100, [SETUP_POOL] = 6};

static int choose_way(struct setup *setup, struct error *err)
{
    bool is_cgi = command_option(setup->in, "cgi") != NULL;
    bool is_pool = command_option(setup->in, "pool") != NULL;

    setup->way = is_cgi ? SETUP_CGI : is_pool ? SETUP_POOL : SETUP_FCGID;
    return is_cgi && is_pool ? error_set(err, ERR_VALIDATION, "--cgi and --pool: give one of them") : 0;
}

static int make_directories(const struct setup *setup, struct error *err)
{
    bool is_pool = setup->way == SETUP_POOL;
    const struct setup_access *access = is_pool ? &reachable_directory : &private_directory;
    enum setup_result bin;

    if (setup_report_directory(setup, setup->directory, access, err) < 0 || setup_check_ownership(setup, err) < 0 ||
        setup_make_directory(setup_path(setup, "bin"), &private_directory, &bin, err) < 0 ||
        setup_report_directory(setup, setup_path(setup, "log"), &private_directory, err) < 0)
        return -1;
    return is_pool ? setup_report_directory(setup, setup_path(setup, "run"), &reachable_directory, err) : 0;
}

/* The option file takes its place when it has been tried. */
static int make_option_file(const struct setup *setup, struct error *err)
{
    const struct setup_access secret = {setup->file_mode, setup->group};
    const char *path = setup_path(setup, "my.cnf");
    const char *trial = setup_path(setup, "my.cnf.trial");
    struct db *db;

    if (setup->server != NULL) {
        if (setup_replace(trial, setup_option_file(setup, setup_my_cnf), &secret, err) < 0)
            return -1;
        if (setup_connect(setup, trial, "orgd", &db, err) < 0) {
            unlink(trial);
            return -1;
        }
        db_close(db);
        if (rename(trial, path) != 0)
            return error_set(err, ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    }
    setup_report(setup, setup->server == NULL ? SETUP_THERE : SETUP_MADE, path);
    return 0;
}

/* How many connections the account may have; 0: any number. */
static int read_limit(const struct setup *setup, int64_t *out, struct error *err)
{
    struct setup_number_row row = {0};
    struct db *db;
    int result;

    if (setup_connect(setup, setup_path(setup, "my.cnf"), "orgd", &db, err) < 0)
        return -1;
    result = db_query_one(db, &setup_connection_limit, NULL, setup->arena, &row, err);
    if (result < 0)
        setup_fail(db, err);
    *out = row.number;
    db_close(db);
    return result < 0 ? -1 : 0;
}

/* The settings that suit this host. */
static const char *choose_settings(const struct setup *setup, int64_t limit)
{
    struct error unable;
    const char *text;
    struct buf buf;

    buf_init(&buf, SETTINGS_BYTES_MAX);
    buf_add_string(&buf, "log = log/orgd.log\n");
    if (setup->way == SETUP_FCGID)
        buf_add_string(&buf, "# mod_fcgid says how many requests a process serves.\nmax_requests = 0\n");
    if (limit > 0 && limit < processes[setup->way])
        buf_printf(
            &buf,
            "# The database account may have %lld connections, and there may be more processes: so each gives its "
            "own back\n# after a request.\ndatabase_idle_timeout = 0\n",
            (long long)limit);
    if (confine_check(true, &unable) < 0)
        buf_printf(&buf, "# This host's kernel cannot do it.\nseccomp = off\n");
    text = arena_strndup(setup->arena, buf.data, buf.length - 1);
    buf_release(&buf);
    return text;
}

static int make_configuration(const struct setup *setup, bool *is_news, struct error *err)
{
    const char *path = setup_path(setup, "orgd.conf");
    const struct setup_access secret = {setup->file_mode, setup->group};
    bool is_there = access(path, F_OK) == 0;
    bool is_changed;
    int64_t limit = 0;

    if (!is_there) {
        if (read_limit(setup, &limit, err) < 0)
            return -1;
        const struct setup_hole holes[] = {
            {"public_url", setup->public_url},
            {"sql_directory", "sql"},
            {"settings", choose_settings(setup, limit)},
            {0},
        };
        if (setup_replace(path, setup_fill(setup_orgd_conf, holes, setup->arena), &secret, err) < 0)
            return -1;
    }
    if (setup_keep_gateway_secret(setup, &is_changed, err) < 0)
        return -1;
    *is_news |= is_changed && setup->way == SETUP_POOL;
    setup_report(setup, !is_there ? SETUP_MADE : is_changed ? SETUP_RENEWED : SETUP_THERE, path);
    return 0;
}

static int copy_migrations(const struct setup *setup, struct error *err)
{
    const char *path = setup_path(setup, "sql");
    enum setup_result result;

    if (setup_copy_all(setup->source.sql, path, 0644, setup->arena, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    return 0;
}

/* Programs */

static int copy_program(const struct setup *setup, const char *from, const char *name, bool *is_news, struct error *err)
{
    const char *path = setup_path(setup, name);
    enum setup_result result;

    if (setup_copy(from, path, 0755, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    *is_news |= result != SETUP_THERE;
    return 0;
}

static int copy_libraries(const struct setup *setup, bool *is_news, struct error *err)
{
    const char *path = setup_path(setup, "lib");
    enum setup_result result;

    if (setup->source.libraries == NULL)
        return 0;
    if (setup_copy_all(setup->source.libraries, path, 0755, setup->arena, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    *is_news |= result != SETUP_THERE;
    return 0;
}

static int make_starter(const struct setup *setup, struct error *err)
{
    static const struct setup_access program = {0700, (gid_t)-1};
    const char *path = setup_path(setup, "bin/start-workers");
    const struct setup_hole holes[] = {{"directory", setup->directory}, {0}};
    enum setup_result result;

    if (setup->way != SETUP_POOL)
        return 0;
    if (setup_write(path, setup_fill(setup_workers_sh, holes, setup->arena), &program, setup->arena, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    return 0;
}

/* What is there first serves: libraries before the programs that need them. */
static int copy_programs(const struct setup *setup, bool *is_news, struct error *err)
{
    if (copy_libraries(setup, is_news, err) < 0 ||
        copy_program(setup, setup->source.orgd, "bin/orgd", is_news, err) < 0)
        return -1;
    if (copy_program(setup, setup->source.orgctl, "bin/orgctl", is_news, err) < 0)
        return -1;
    return make_starter(setup, err);
}

static void say_what_is_left(const struct setup *setup, bool is_news)
{
    const char *directory = setup->directory;

    command_report(setup->in, "\nWhat is left to do:\n");
    if (setup->way == SETUP_POOL && is_news)
        command_report(setup->in,
                       "- Let the workers take the new program and settings:\n    pkill -HUP -o -x -u %u orgd\n",
                       (unsigned)geteuid());
    if (setup->way == SETUP_POOL && setup_web_block_is_open(setup))
        command_report(setup->in,
                       "- Everybody may read the gateway_secret in %s/.htaccess. Ask the host's administrator to give "
                       "that file to the web server's group, then:\n    chmod 0640 %s/.htaccess\n",
                       setup->web_directory, setup->web_directory);
    command_report(setup->in, "- Run 'crontab -e', and add");
    if (setup->way == SETUP_POOL)
        command_report(setup->in,
                       " this line, which starts the workers with the host:\n    @reboot %s/bin/start-workers\n",
                       directory);
    else
        command_report(setup->in,
                       " these lines, which remove what has expired, and give events their places:\n"
                       "    */5 * * * * %s/bin/orgctl purge --quiet\n"
                       "    * * * * * %s/bin/orgctl deliver --quiet\n",
                       directory, directory);
    command_report(setup->in,
                   "- Give %s a password for signing in with a browser:\n"
                   "    %s/bin/orgctl user set %s --password\n"
                   "- Try the token of %s, keep it elsewhere, and delete its file:\n"
                   "    curl -H @%s/" SETUP_TOKEN_FILE " %s/users/me\n",
                   setup->user, directory, setup->user, setup->user, directory, setup->public_url);
}

/* Workers of one's own are started by their owner, as the web server starts others. */
static int check_pool(const struct setup *setup, struct error *err)
{
    if (setup->way != SETUP_POOL || check_url(setup->public_url, 0, setup->arena) == NULL)
        return 0;
    command_report(setup->in, "\nStart the workers:\n    setsid %s/bin/start-workers &\n", setup->directory);
    return error_set(err, ERR_FORBIDDEN,
                     "nothing answers at %s yet. Start the workers, then run the same command again.",
                     setup->public_url);
}

/* The schema comes before the programs that need it, and the web server's files come last. */
int setup_hosting(struct setup *setup, struct error *err)
{
    bool is_news = false;

    if (choose_way(setup, err) < 0 || setup_check_home(setup, err) < 0 || setup_check_web_directory(setup, err) < 0 ||
        make_directories(setup, err) < 0 || make_option_file(setup, err) < 0 || copy_migrations(setup, err) < 0 ||
        make_configuration(setup, &is_news, err) < 0 || setup_open(setup, err) < 0 || setup_migrate(setup, err) < 0 ||
        setup_make_keys(setup, err) < 0 || setup_make_user(setup, err) < 0 || copy_programs(setup, &is_news, err) < 0 ||
        setup_make_web_files(setup, is_news, err) < 0 || check_pool(setup, err) < 0 ||
        setup_check(setup, setup_path(setup, "bin/orgctl"), true, err) < 0)
        return -1;
    say_what_is_left(setup, is_news);
    return 0;
}
