#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "domain/credentials/issuer_settings.h"
#include "ownership.h"

static const char *my_group(struct arena *arena)
{
    const struct group *group = getgrgid(getegid());

    return group == NULL ? arena_printf(arena, "%u", (unsigned)getegid()) : arena_printf(arena, "%s", group->gr_name);
}

/* What others may do that they should not, of a file that they reach. */
static const char *fault_of_mode(const struct check *check, const char *path, const struct stat *status, bool is_secret)
{
    struct arena *arena = check->in->call.arena;
    mode_t mode = status->st_mode;

    if (is_secret && (mode & S_IRWXO) != 0)
        return arena_printf(arena, "everybody may read or change %s: chmod g-w,o= %s, and replace the secrets in it",
                            path, ownership_quote(path, arena));
    if (is_secret && (mode & S_IWGRP) != 0)
        return arena_printf(arena, "its group may change %s: chmod g-w %s", path, ownership_quote(path, arena));
    if ((mode & S_IWOTH) != 0)
        return arena_printf(arena, "everybody may change %s: chmod go-w %s", path, ownership_quote(path, arena));
    if (ownership_is_shared(status, check->user))
        return arena_printf(arena, "its group may change %s: chmod g-w %s", path, ownership_quote(path, arena));
    return NULL;
}

/* The command that lets this user do what it may not. A file of its own needs no group. */
static const char *to_let_in(const char *path, const char *mode, struct arena *arena)
{
    struct stat file;

    if (stat(path, &file) == 0 && file.st_uid == geteuid())
        return arena_printf(arena, "chmod u+%s %s", mode, ownership_quote(path, arena));
    return arena_printf(arena, "chgrp %s %s && chmod g+%s %s", my_group(arena), ownership_quote(path, arena), mode,
                        ownership_quote(path, arena));
}

/* What keeps us from reading a file that is there: the first directory that does not let us through, or the file. */
static const char *fault_of_reading(const char *path, struct arena *arena)
{
    const char *me = ownership_name(geteuid(), arena);
    char *part = arena_strndup(arena, path, strlen(path));

    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(part, F_OK) == 0 && access(part, X_OK) != 0)
            return arena_printf(arena, "%s may not enter %s: %s", me, part, to_let_in(part, "x", arena));
        *slash = '/';
    }
    return arena_printf(arena, "%s may not read %s: %s", me, path, to_let_in(path, "r", arena));
}

/* Whoever owns a file may change it. */
static const char *fault_of_owner(const struct check *check, const char *path, const struct stat *file)
{
    struct arena *arena = check->in->call.arena;
    const char *owner = ownership_name(file->st_uid, arena);

    if (file->st_uid == 0 || file->st_uid == check->user)
        return NULL;
    if (check->user == 0)
        return arena_printf(arena,
                            "%s may change %s; if that user runs the workers, add '--as %s', else: chown root %s",
                            owner, path, owner, ownership_quote(path, arena));
    return arena_printf(arena, "%s may change %s, and is neither root nor %s: chown root %s", owner, path,
                        ownership_name(check->user, arena), ownership_quote(path, arena));
}

/* Who else may change the file, or put another one into its place. */
static const char *fault_of_others(const struct check *check, const char *path)
{
    const char *fault = ownership_fault(path, check->user, check->in->call.arena);
    struct stat status;

    if (fault == NULL && stat(path, &status) == 0)
        fault = fault_of_owner(check, path, &status);
    return fault;
}

static const char *fault_of(const struct check *check, const char *path, bool is_secret)
{
    struct arena *arena = check->in->call.arena;
    char *real = realpath(path, NULL);
    const char *name = real == NULL ? path : arena_strndup(arena, real, strlen(real));
    const char *fault = NULL;
    struct stat status;

    if (real == NULL && errno != EACCES)
        return NULL; /* the check of the file itself reports that it is missing */
    if (real == NULL || access(name, R_OK) != 0)
        fault = fault_of_reading(name, arena);
    else if (stat(name, &status) == 0 && ownership_is_reachable(name, arena))
        fault = fault_of_mode(check, name, &status, is_secret);
    free(real);
    return fault == NULL ? fault_of_others(check, path) : fault;
}

static void check_access(struct check *check, const char *what, const char *path, bool is_secret)
{
    const char *fault = fault_of(check, path, is_secret);

    check_row(check, what, fault == NULL ? CHECK_OK : CHECK_FAILED, "%s", fault == NULL ? "" : fault);
}

/* Whoever can rename the log can put a link into its place, which the workers then write to. */
static void check_log_access(struct check *check, const char *target)
{
    struct arena *arena = check->in->call.arena;
    const char *directory = dirname(arena_strndup(arena, target, strlen(target)));
    const char *inside = arena_printf(arena, "%s/.", directory);
    const char *fault = NULL;

    if (target[0] == '/')
        fault = fault_of_others(check, access(target, F_OK) == 0 ? target : inside);
    check_row(check, "log", fault == NULL ? CHECK_OK : CHECK_FAILED, "%s", fault == NULL ? "" : fault);
}

static void fail_without_directory(struct check *check, const char *what, const char *directory, const char *mode)
{
    struct arena *arena = check->in->call.arena;

    check_row(check, what, CHECK_FAILED, "there is no directory %s: install -d -o %s -g %s -m %s %s", directory,
              ownership_name(geteuid(), arena), my_group(arena), mode, ownership_quote(directory, arena));
}

static void check_log(struct check *check)
{
    const char *target = check->in->call.config->log;
    struct arena *arena = check->in->call.arena;
    struct error err;
    const char *at;
    bool is_there;

    if (log_check(target, &err) == 0) {
        check_log_access(check, target);
        return;
    }
    if (access(target, W_OK) == 0) {
        check_row(check, "log", CHECK_FAILED, "%s", err.message);
        return;
    }
    is_there = access(target, F_OK) == 0;
    at = is_there ? target : dirname(arena_strndup(arena, target, strlen(target)));
    if (!is_there && access(at, F_OK) != 0)
        fail_without_directory(check, "log", at, "750");
    else
        check_row(check, "log", CHECK_FAILED, "%s may not write to %s: %s", ownership_name(geteuid(), arena), at,
                  to_let_in(at, is_there ? "w" : "wx", arena));
}

/* Root may write everywhere, and takes no file of the workers for its own. */
static void check_metrics_as_root(struct check *check, const char *path)
{
    struct arena *arena = check->in->call.arena;
    struct stat file;

    if (check->user != 0 && stat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == check->user)
        check_row(check, "metrics", CHECK_OK, "%s", "");
    else
        check_row(check, "metrics", CHECK_UNKNOWN,
                  "this looks as root, who cannot tell whether the workers may write %s: run again with '--as %s'",
                  path, check->user == 0 ? "USER" : ownership_name(check->user, arena));
}

/* Workers make the file, and after some upgrades in the place of an older one. */
static void check_metrics(struct check *check)
{
    struct arena *arena = check->in->call.arena;
    const char *path = check->in->call.config->metrics_file;
    const char *directory = dirname(arena_strndup(arena, path, strlen(path)));
    struct stat file;

    if (!config_has_metrics(check->in->call.config) || path[0] == '\0')
        return;
    if (access(directory, F_OK) != 0)
        fail_without_directory(check, "metrics", directory, "700");
    else if (geteuid() == 0)
        check_metrics_as_root(check, path);
    else if (access(directory, W_OK | X_OK) != 0)
        check_row(check, "metrics", CHECK_FAILED, "%s may not make %s: %s", ownership_name(geteuid(), arena), path,
                  to_let_in(directory, "wx", arena));
    else if (stat(path, &file) == 0 && (!S_ISREG(file.st_mode) || file.st_uid != geteuid()))
        check_row(check, "metrics", CHECK_FAILED, "%s is not a file of %s: rm %s", path,
                  ownership_name(geteuid(), arena), ownership_quote(path, arena));
    else
        check_row(check, "metrics", CHECK_OK, "%s", "");
}

void check_files(struct check *check)
{
    const struct config *config = check->in->call.config;

    if (config->path != NULL)
        check_access(check, "access to the configuration", config->path,
                     config->gateway_secret[0] != '\0' || config->metrics_token[0] != '\0' ||
                         config->mail_password[0] != '\0');
    check_access(check, "access to the option file", config->database_option_file, true);
    check_access(check, "access to the signing keys", config->signing_keys, true);
    check_access(check, "access to the migrations", config->sql_directory, false);
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (issuer->jwks[0] == '/')
            check_access(check, arena_printf(check->in->call.arena, "access to %s", issuer->jwks), issuer->jwks, false);
    if (config->mail_password_file[0] != '\0')
        check_access(check, "access to the password for mails", config->mail_password_file, true);
    check_log(check);
    check_metrics(check);
}
