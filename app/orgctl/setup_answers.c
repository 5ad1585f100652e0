#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/program.h"
#include "setup.h"
#include "web/url.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const char *home(void)
{
    const struct passwd *user = getpwuid(getuid());
    const char *directory = getenv("HOME");

    return directory != NULL ? directory : user == NULL ? "/" : user->pw_dir;
}

/* What stands between quotes in files that we write. */
static int check_path(const char *option, const char *path, struct error *err)
{
    if (strpbrk(path, "'\"\\\n|%") == NULL)
        return 0;
    return error_set(err, ERR_VALIDATION, "--%s %s: choose a path without quotes, \\, | and %%", option, path);
}

/* Takes a directory from an option, as an absolute path without a slash at its end. */
static int read_directory(const struct setup *setup, const char *option, const char *usual, const char **out,
                          struct error *err)
{
    const char *given = command_option(setup->in, option);
    char current[4096];
    char *path;

    if (given == NULL)
        given = usual;
    if (getcwd(current, sizeof(current)) == NULL)
        return error_set(err, ERR_INTERNAL, "cannot find the current directory: %s", strerror(errno));
    path = given[0] == '/' ? arena_strndup(setup->arena, given, strlen(given))
                           : arena_printf(setup->arena, "%s/%s", current, given);
    while (strlen(path) > 1 && path[strlen(path) - 1] == '/')
        path[strlen(path) - 1] = '\0';
    *out = path;
    return check_path(option, path, err);
}

/* A program that a run of `setup --hosting` has put in its place sets up that place. */
static const char *usual_directory(const struct setup *setup)
{
    const char *configuration = program_beside("../orgd.conf", setup->arena);

    if (!setup->is_hosting)
        return SYSCONFDIR;
    if (access(configuration, F_OK) == 0)
        return arena_strndup(setup->arena, configuration, (size_t)(strrchr(configuration, '/') - configuration));
    return arena_printf(setup->arena, "%s/orgd", home());
}

/* An option, or the answer at a terminal. Elsewhere `usual` is taken; if it is NULL, there must be an answer. */
static int read_answer(const struct setup *setup, const char *option, const char *question, const char *usual,
                       const char **out, struct error *err)
{
    *out = command_option(setup->in, option);
    if (*out == NULL && isatty(STDIN_FILENO))
        *out = ask(question, usual, setup->arena);
    else if (*out == NULL)
        *out = usual;
    if (*out == NULL || (*out)[0] == '\0')
        return error_set(err, ERR_VALIDATION, "--%s is missing", option);
    if (!text_is_utf8(text_of(*out)) || text_has_control(text_of(*out)))
        return error_set(err, ERR_VALIDATION, "--%s: it must be UTF-8 without control characters", option);
    return 0;
}

/* The URL */

/* Returns the path of the URL, without a slash at its end: "" if it has none. */
static const char *path_of(const char *url, struct arena *arena)
{
    const char *path = strchrnul(strstr(url, "://") + 3, '/');
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/')
        length--;
    return arena_strndup(arena, path, length);
}

/* True of /name and of /~user/name, where a directory of files has a file of that name. */
static bool is_name_of_file(const char *mount)
{
    const char *name = mount;

    if (strncmp(mount, "/~", 2) == 0)
        name = strchrnul(mount + 1, '/');
    return name[0] == '/' && name[1] != '\0' && name[1] != '.' && strspn(name + 1, NAME_CHARACTERS) == strlen(name + 1);
}

static int check_url(struct setup *setup, struct error *err)
{
    if (!url_rule_service.is_kept(setup->public_url))
        return error_set(err, ERR_VALIDATION, "--url %s: %s", setup->public_url, url_rule_service.sentence);
    setup->mount = path_of(setup->public_url, setup->arena);
    if (!setup->is_hosting || is_name_of_file(setup->mount))
        return 0;
    return error_set(
        err, ERR_VALIDATION,
        "--url %s: behind the host there must be one name, of ASCII letters, digits, '.', '_' and '-', such as "
        "https://example.org/api; the file of that name in the directory of the web site is what the web "
        "server runs",
        setup->public_url);
}

int setup_read_user(struct setup *setup, struct error *err)
{
    return read_answer(setup, "user", "Name of the first user, who may do everything", "admin", &setup->user, err);
}

/* The configuration that is there has it, or an answer. */
static int read_url(struct setup *setup, struct error *err)
{
    const char *path = setup_path(setup, "orgd.conf");
    const char *given = command_option(setup->in, "url");
    const char *text = setup_read(path, setup->arena);

    if (text == NULL || !setup_has_setting(text, "public_url"))
        return read_answer(setup, "url", "URL under which clients reach the service, such as https://example.org/api",
                           NULL, &setup->public_url, err);
    if (config_read(path, setup->arena, &setup->config, err) < 0)
        return -1;
    setup->public_url = setup->config.public_url;
    if (given == NULL || strcmp(given, setup->public_url) == 0)
        return 0;
    return error_set(err, ERR_VALIDATION,
                     "--url %s: %s says %s. Change public_url there, then run setup without --url.", given, path,
                     setup->public_url);
}

/* The database */

static int read_password_file(struct setup *setup, const char *path, struct error *err)
{
    const char *text = setup_read(path, setup->arena);

    if (text == NULL)
        return error_set(err, ERR_VALIDATION, "--database-password-file %s: %s", path, strerror(errno));
    setup->password = arena_strndup(setup->arena, text, strcspn(text, "\r\n"));
    return 0;
}

static int read_password(struct setup *setup, struct error *err)
{
    const char *path = command_option(setup->in, "database-password-file");
    struct line line;

    if (path != NULL)
        return read_password_file(setup, path, err);
    if (!ask_unseen("Password of that user: ", &line))
        return error_set(
            err, ERR_VALIDATION,
            "the password of the database's user is missing: write it to standard input, or name a file with "
            "--database-password-file");
    setup->password = arena_strndup(setup->arena, line.bytes, line.length);
    memory_wipe(&line, sizeof(line));
    return 0;
}

/* What the sample of the option file has in place of a password. */
static bool is_sample(const char *option_file)
{
    return strstr(option_file, "\npassword = change-me\n") != NULL;
}

static int read_database(struct setup *setup, struct error *err)
{
    const char *there = setup_read(setup_path(setup, "my.cnf"), setup->arena);

    if (there != NULL && !is_sample(there))
        return 0;
    if (there == NULL && errno != ENOENT)
        return error_set(err, ERR_VALIDATION, "cannot read %s: %s", setup_path(setup, "my.cnf"), strerror(errno));
    if (read_answer(setup, "database-host", "Database server (a host, or the path of its socket)", "localhost",
                    &setup->server, err) < 0 ||
        read_answer(setup, "database", "Name of the database", setup->is_hosting ? NULL : "orgd", &setup->database,
                    err) < 0 ||
        read_answer(setup, "database-user", "User of the database", setup->database, &setup->database_user, err) < 0)
        return -1;
    return setup->is_hosting ? read_password(setup, err) : 0;
}

int setup_read_answers(struct setup *setup, struct error *err)
{
    const char *public_html = arena_printf(setup->arena, "%s/public_html", home());

    if (read_directory(setup, "directory", usual_directory(setup), &setup->directory, err) < 0 ||
        read_directory(setup, "web-directory", public_html, &setup->web_directory, err) < 0 ||
        read_url(setup, err) < 0 || check_url(setup, err) < 0 || read_database(setup, err) < 0)
        return -1;
    return setup->server == NULL ? 0 : setup_read_user(setup, err);
}
