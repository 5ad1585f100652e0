#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "check_url.h"
#include "process/confine.h"
#include "setup.h"

#define SETTINGS_BYTES_MAX 4096
#define BLOCK_BEGIN "# BEGIN orgd"
#define BLOCK_END "# END orgd\n"
#define MARK "`orgctl setup`"

static const struct setup_access private_directory = {0700, (gid_t)-1};
static const struct setup_access reachable_directory = {0711, (gid_t)-1}; /* for the web server */
static const struct setup_access web_program = {0755, (gid_t)-1};         /* as suexec wants it */
static const struct setup_access web_file = {0644, (gid_t)-1};

/* What differs between the ways. */
static const struct way {
    const char *handler;
    const char *settings;
} ways[] = {
    [SETUP_FCGID] = {"SetHandler fcgid-script\n    Options +ExecCGI",
                     "# mod_fcgid says how many requests a process serves.\nmax_requests = 0\n"},
    [SETUP_POOL] = {"SetHandler \"proxy:unix:{{directory}}/run/orgd.sock|fcgi://localhost/\"",
                    "# The web server connects to this socket. Who else is to be kept out must not come to its "
                    "directory.\nlisten = unix:{{directory}}/run/orgd.sock\nlisten_mode = 0666\n"},
};

static const char *fill_for_directory(const struct setup *setup, const char *template)
{
    const struct setup_hole holes[] = {{"directory", setup->directory}, {0}};

    return setup_fill(template, holes, setup->arena);
}

static int make_directory(const struct setup *setup, const char *path, const struct setup_access *access,
                          struct error *err)
{
    enum setup_result result;

    if (setup_make_directory(path, access, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    return 0;
}

static int make_directories(const struct setup *setup, struct error *err)
{
    bool is_pool = setup->way == SETUP_POOL;
    const struct setup_access *access = is_pool ? &reachable_directory : &private_directory;

    if (make_directory(setup, setup->directory, access, err) < 0 ||
        make_directory(setup, setup_path(setup, "log"), &private_directory, err) < 0)
        return -1;
    return is_pool ? make_directory(setup, setup_path(setup, "run"), &reachable_directory, err) : 0;
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

/* The settings that suit this host. */
static const char *choose_settings(const struct setup *setup)
{
    struct error unable;
    const char *text;
    struct buf buf;

    buf_init(&buf, SETTINGS_BYTES_MAX);
    buf_add_string(&buf, "log = log/orgd.log\n");
    buf_add_string(&buf, fill_for_directory(setup, ways[setup->way].settings));
    if (confine_check(true, &unable) < 0)
        buf_printf(&buf, "# This host's kernel cannot do it.\nseccomp = off\n");
    text = arena_strndup(setup->arena, buf.data, buf.length - 1);
    buf_release(&buf);
    return text;
}

static int make_configuration(const struct setup *setup, struct error *err)
{
    const char *path = setup_path(setup, "orgd.conf");
    const struct setup_access secret = {setup->file_mode, setup->group};
    bool is_there = access(path, F_OK) == 0;

    if (!is_there) {
        const struct setup_hole holes[] = {
            {"public_url", setup->public_url},
            {"sql_directory", "sql"},
            {"settings", choose_settings(setup)},
            {0},
        };
        if (setup_replace(path, setup_fill(setup_orgd_conf, holes, setup->arena), &secret, err) < 0)
            return -1;
    }
    setup_report(setup, is_there ? SETUP_THERE : SETUP_MADE, path);
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

/* What is there first serves: libraries before the programs that need them. */
static int copy_programs(const struct setup *setup, bool *is_news, struct error *err)
{
    enum setup_result bin;

    if (copy_libraries(setup, is_news, err) < 0 ||
        setup_make_directory(setup_path(setup, "bin"), &private_directory, &bin, err) < 0 ||
        copy_program(setup, setup->source.orgd, "bin/orgd", is_news, err) < 0)
        return -1;
    return copy_program(setup, setup->source.orgctl, "bin/orgctl", is_news, err);
}

/* The web directory */

static const char *fill_web_text(const struct setup *setup, const char *template)
{
    const struct setup_hole holes[] = {
        {"name", strrchr(setup->mount, '/') + 1},
        {"mount", setup->mount},
        {"directory", setup->directory},
        {"public_url", setup->public_url},
        {"handler", fill_for_directory(setup, ways[setup->way].handler)},
        {0},
    };

    return setup_fill(template, holes, setup->arena);
}

static int check_web_directory(const struct setup *setup, struct error *err)
{
    struct stat status;

    if (stat(setup->web_directory, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(err, ERR_VALIDATION,
                         "there is no directory %s: name the directory of your web site with --web-directory",
                         setup->web_directory);
    return 0;
}

/* After an upgrade the same text becomes another file: mod_fcgid then starts new processes, and lets those of the old
 * one end. */
static int make_web_program(const struct setup *setup, bool is_news, struct error *err)
{
    const char *path = arena_printf(setup->arena, "%s%s", setup->web_directory, strrchr(setup->mount, '/'));
    const char *text = fill_web_text(setup, setup_program_sh);
    const char *old = setup_read(path, setup->arena);
    bool is_there = old != NULL && strcmp(old, text) == 0 && !is_news;

    if (old == NULL && errno != ENOENT)
        return error_set(err, ERR_EXISTS, "%s is in the way (%s): choose another name in --url, or move it away", path,
                         strerror(errno));
    if (old != NULL && strstr(old, MARK) == NULL)
        return error_set(err, ERR_EXISTS,
                         "%s is there already, and setup has not made it: choose another name in --url", path);
    if (!is_there && setup_replace(path, text, &web_program, err) < 0)
        return -1;
    setup_report(setup, is_there ? SETUP_THERE : old == NULL ? SETUP_MADE : SETUP_RENEWED, path);
    return 0;
}

/* Puts the block into the text, in the place of an earlier one, or at the top: what stands there may take all that is
 * left. Returns NULL if an earlier block has no end. */
static const char *put_block(const char *text, const char *block, struct arena *arena)
{
    const char *begin = strstr(text, BLOCK_BEGIN);
    const char *end = begin == NULL ? NULL : strstr(begin, BLOCK_END);

    if (begin == NULL)
        return arena_printf(arena, "%s%s%s", block, text[0] == '\0' ? "" : "\n", text);
    if (end == NULL)
        return NULL;
    return arena_printf(arena, "%.*s%s%s", (int)(begin - text), text, block, end + strlen(BLOCK_END));
}

static int make_web_block(const struct setup *setup, struct error *err)
{
    const char *path = arena_printf(setup->arena, "%s/.htaccess", setup->web_directory);
    const char *old = setup_read(path, setup->arena);
    enum setup_result result;
    const char *text;

    if (old == NULL && errno != ENOENT)
        return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    text = put_block(old == NULL ? "" : old, fill_web_text(setup, setup_htaccess), setup->arena);
    if (text == NULL)
        return error_set(err, ERR_VALIDATION, "%s: the line '" BLOCK_BEGIN "' has no '# END orgd' after it: remove it",
                         path);
    if (setup_write(path, text, &web_file, setup->arena, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    return 0;
}

static void say_what_is_left(const struct setup *setup)
{
    command_report(setup->in,
                   "\nWhat is left to do:\n"
                   "- Let cron remove what has expired. Run 'crontab -e', and add this line:\n"
                   "    */5 * * * * %s/bin/orgctl purge --quiet\n"
                   "- Give %s a password for signing in with a browser:\n"
                   "    %s/bin/orgctl user set %s --password\n"
                   "- Try the token of %s, keep it elsewhere, and delete its file:\n"
                   "    curl -H @%s/" SETUP_TOKEN_FILE " %s/users/me\n",
                   setup->directory, setup->user, setup->directory, setup->user, setup->user, setup->directory,
                   setup->public_url);
}

/* Workers of one's own are started by their owner, as the web server starts others. */
static int check_pool(const struct setup *setup, struct error *err)
{
    if (setup->way != SETUP_POOL || check_url(setup->public_url, 0, setup->arena) == NULL)
        return 0;
    command_report(setup->in,
                   "\nStart the workers now, and let cron start them with the host ('crontab -e'):\n"
                   "    setsid %s/bin/orgd </dev/null >/dev/null 2>>%s/log/orgd.log &\n"
                   "    @reboot %s/bin/orgd 2>>%s/log/orgd.log\n",
                   setup->directory, setup->directory, setup->directory, setup->directory);
    return error_set(err, ERR_FORBIDDEN,
                     "nothing answers at %s yet. Start the workers, then run the same command again.",
                     setup->public_url);
}

/* The schema comes before the programs that need it, and the web server's files come last. */
int setup_hosting(struct setup *setup, struct error *err)
{
    bool is_news = false;

    setup->way = command_option(setup->in, "pool") != NULL ? SETUP_POOL : SETUP_FCGID;
    if (check_web_directory(setup, err) < 0 || make_directories(setup, err) < 0 || make_option_file(setup, err) < 0 ||
        copy_migrations(setup, err) < 0 || make_configuration(setup, err) < 0 || setup_open(setup, err) < 0 ||
        setup_migrate(setup, err) < 0 || setup_make_keys(setup, err) < 0 || setup_make_user(setup, err) < 0 ||
        copy_programs(setup, &is_news, err) < 0 || make_web_program(setup, is_news, err) < 0 ||
        make_web_block(setup, err) < 0 || check_pool(setup, err) < 0 ||
        setup_check(setup, setup_path(setup, "bin/orgctl"), true, err) < 0)
        return -1;
    say_what_is_left(setup);
    return 0;
}
