#include "setup.h"

#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "ownership.h"
#include "process/program.h"

#define CHECK_WORDS_MAX 16

/* Where this program is, and the others that belong to it: as the relocatable tarball and `orgctl setup --hosting` lay
 * them, and as `make install` does. */
static const struct {
    const char *orgd;
    const char *sql;
    const char *libraries;
} layouts[] = {
    {"orgd", "../sql", "../lib"},
    {"../sbin/orgd", "../share/orgd/sql", NULL},
    {"../sbin/orgd", PKGDATADIR "/sql", NULL},
};

static const char *beside(const char *name, struct arena *arena)
{
    return name == NULL || name[0] == '/' ? name : program_beside(name, arena);
}

int setup_find_source(struct arena *arena, struct setup_source *out, struct error *err)
{
    out->orgctl = program_path(arena);
    for (size_t i = 0; i < ARRAY_LENGTH(layouts); i++) {
        out->orgd = beside(layouts[i].orgd, arena);
        out->sql = beside(layouts[i].sql, arena);
        out->libraries = beside(layouts[i].libraries, arena);
        if (out->libraries != NULL && access(out->libraries, R_OK) != 0)
            out->libraries = NULL;
        if (access(out->orgd, X_OK) == 0 && access(out->sql, R_OK) == 0)
            return 0;
    }
    return error_set(
        err, ERR_INTERNAL,
        "there is no orgd and no directory sql that belong to %s: run 'make install', or start orgctl where "
        "the tarball was unpacked",
        out->orgctl);
}

const char *setup_path(const struct setup *setup, const char *name)
{
    return arena_printf(setup->arena, "%s/%s", setup->directory, name);
}

/* What setup reads and believes. */
static const char *const believed[] = {".", "orgd.conf", "my.cnf", "signing-keys.json"};

int setup_check_ownership(const struct setup *setup, struct error *err)
{
    const struct passwd *workers = setup->workers == NULL ? NULL : getpwnam(setup->workers);
    uid_t user = workers == NULL ? geteuid() : workers->pw_uid;

    for (size_t i = 0; i < ARRAY_LENGTH(believed); i++) {
        const char *path = setup_path(setup, believed[i]);
        const char *fault = ownership_fault(path, user, setup->arena);
        struct stat status;

        if (fault != NULL)
            return error_set(err, ERR_FORBIDDEN, "%s", fault);
        if (stat(path, &status) == 0 && status.st_uid != 0 && status.st_uid != user)
            return error_set(err, ERR_FORBIDDEN, "%s belongs to another user, who may change it: move it away", path);
    }
    return 0;
}

void setup_report(const struct setup *setup, enum setup_result result, const char *what)
{
    static const char *const names[] = {
        [SETUP_THERE] = "there",
        [SETUP_MADE] = "made",
        [SETUP_RENEWED] = "renewed",
    };
    struct output *output = setup->in->output;

    command_report(setup->in, "%-8s %s\n", names[result], what);
    output_row(output);
    output_text(output, "result", text_of(names[result]));
    output_text(output, "what", text_of(what));
}

int setup_report_directory(const struct setup *setup, const char *path, const struct setup_access *access,
                           struct error *err)
{
    enum setup_result result;

    if (setup_make_directory(path, access, &result, err) < 0)
        return -1;
    setup_report(setup, result, path);
    return 0;
}

bool setup_has_setting(const char *text, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t");
        char sign = '\0';

        if (strncmp(at, key, length) == 0)
            sign = at[length + strspn(at + length, " \t")];
        if (sign == '=' || sign == ':')
            return true;
    }
    return false;
}

/* Runs a program, with its standard output on standard error if `is_aside`. Returns its exit status, or -1. */
static int run_program(const char *path, const char *const *words, bool is_aside, struct error *err)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;
    int fault;

    posix_spawn_file_actions_init(&actions);
    if (is_aside)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    fault = posix_spawn(&child, path, &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (fault != 0)
        return error_set(err, ERR_INTERNAL, "cannot run %s: %s", path, strerror(fault));
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return error_set(err, ERR_INTERNAL, "%s ended before it was done", path);
    return WEXITSTATUS(status);
}

/* It is the program at its new place that checks: that it runs there is a part of what is checked. */
int setup_check(const struct setup *setup, const char *orgctl, bool with_url, struct error *err)
{
    const char *words[CHECK_WORDS_MAX] = {"orgctl", "check", "--config", setup_path(setup, "orgd.conf")};
    size_t count = 4;
    int status;

    if (with_url) {
        words[count++] = "--url";
        words[count++] = setup->public_url;
    }
    if (setup->is_hosting)
        words[count++] = "--hosting";
    if (setup->workers != NULL) {
        words[count++] = "--as";
        words[count++] = setup->workers;
    }
    command_report(setup->in, "\n");
    if (output_flush(err) < 0)
        return -1;
    status = run_program(orgctl, words, setup->in->is_quiet || setup->in->output->is_json, err);
    if (status <= 0)
        return status;
    return error_set(
        err, ERR_FORBIDDEN,
        "all is written, but the check found faults. Do what it says above, then run the same command again.");
}

/* Shows with --json what was done, also if not all of it was. */
static void print_results(const struct invocation *in)
{
    if (command_shows_result(in))
        output_list(in->output, "");
    else
        buf_release(&in->output->json);
}

static int check_rights(const struct setup *setup, struct error *err)
{
    if (setup->is_hosting && geteuid() == 0)
        return error_set(
            err, ERR_FORBIDDEN,
            "run this as the user whose web site it is, and not as root: what root has made, the web server "
            "cannot run as that user");
    if (setup->is_hosting || geteuid() == 0)
        return 0;
    return error_set(
        err, ERR_FORBIDDEN,
        "run this as root, which MariaDB knows by its socket; on a shared host run 'orgctl setup --hosting'");
}

int run_setup(const struct invocation *in, struct error *err)
{
    struct setup setup = {
        .in = in,
        .arena = in->call.arena,
        .call = in->call,
        .is_hosting = command_option(in, "hosting") != NULL,
        .group = (gid_t)-1,
        .file_mode = 0600,
    };
    int result = -1;

    if (check_rights(&setup, err) == 0 && setup_find_source(setup.arena, &setup.source, err) == 0 &&
        setup_read_answers(&setup, err) == 0)
        result = setup.is_hosting ? setup_hosting(&setup, err) : setup_host(&setup, err);
    print_results(in);
    db_close(setup.call.db);
    return result;
}
