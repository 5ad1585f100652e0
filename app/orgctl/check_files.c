#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "domain/credentials/issuer_settings.h"

static const char *user_name(uid_t uid, struct arena *arena)
{
    const struct passwd *user = getpwuid(uid);

    return user == NULL ? arena_printf(arena, "%u", (unsigned)uid) : arena_printf(arena, "%s", user->pw_name);
}

static const char *my_group(struct arena *arena)
{
    const struct group *group = getgrgid(getegid());

    return group == NULL ? arena_printf(arena, "%u", (unsigned)getegid()) : arena_printf(arena, "%s", group->gr_name);
}

/* A path as a shell takes it. */
static const char *quoted(const char *path, struct arena *arena)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+:@%,=";
    const char *rest = path;
    const char *out = "'";

    if (path[strspn(path, plain)] == '\0')
        return path;
    for (const char *quote; (quote = strchr(rest, '\'')) != NULL; rest = quote + 1)
        out = arena_printf(arena, "%s%.*s'\\''", out, (int)(quote - rest), rest);
    return arena_printf(arena, "%s%s'", out, rest);
}

/* True if every directory above lets others through. Changes `path`. */
static bool is_reachable(char *path)
{
    struct stat status;

    while (strcmp(path, "/") != 0) {
        path = dirname(path);
        if (stat(path, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}

/* True if others may put another file into its place. In a sticky directory they may not. */
static bool is_replaceable(const char *directory)
{
    struct stat status;

    return stat(directory, &status) == 0 && (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
}

/* What others may do that they should not, of a file that they reach. */
static const char *fault_of_mode(const char *path, mode_t mode, bool is_secret, struct arena *arena)
{
    const char *directory = dirname(arena_strndup(arena, path, strlen(path)));

    if (is_replaceable(directory))
        return arena_printf(arena, "everybody may replace %s: chmod o-w %s", path, quoted(directory, arena));
    if (is_secret && (mode & S_IRWXO) != 0)
        return arena_printf(arena, "everybody may read or change %s: chmod g-w,o= %s, and replace the secrets in it",
                            path, quoted(path, arena));
    if (is_secret && (mode & S_IWGRP) != 0)
        return arena_printf(arena, "its group may change %s: chmod g-w %s", path, quoted(path, arena));
    if ((mode & S_IWOTH) != 0)
        return arena_printf(arena, "everybody may change %s: chmod o-w %s", path, quoted(path, arena));
    return NULL;
}

/* The command that lets this user do what it may not. A file of its own needs no group. */
static const char *to_let_in(const char *path, const char *mode, struct arena *arena)
{
    struct stat file;

    if (stat(path, &file) == 0 && file.st_uid == geteuid())
        return arena_printf(arena, "chmod u+%s %s", mode, quoted(path, arena));
    return arena_printf(arena, "chgrp %s %s && chmod g+%s %s", my_group(arena), quoted(path, arena), mode,
                        quoted(path, arena));
}

/* What keeps us from reading a file that is there: the first directory that does not let us through, or the file. */
static const char *fault_of_reading(const char *path, struct arena *arena)
{
    const char *me = user_name(geteuid(), arena);
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
static const char *fault_of_owner(const char *path, const struct stat *file, struct arena *arena)
{
    if (geteuid() == 0 || file->st_uid == 0 || file->st_uid == geteuid())
        return NULL;
    return arena_printf(arena, "%s may change %s, and is neither root nor %s: chown root %s",
                        user_name(file->st_uid, arena), path, user_name(geteuid(), arena), quoted(path, arena));
}

static const char *fault_of(const char *path, bool is_secret, struct arena *arena)
{
    char *real = realpath(path, NULL);
    const char *name = real == NULL ? path : arena_strndup(arena, real, strlen(real));
    const char *fault = NULL;
    struct stat status;

    if (real == NULL && errno != EACCES)
        return NULL; /* who needs the file says what is to be there */
    if (real == NULL || access(name, R_OK) != 0)
        fault = fault_of_reading(name, arena);
    else if (stat(name, &status) == 0 && is_reachable(real))
        fault = fault_of_mode(name, status.st_mode, is_secret, arena);
    if (fault == NULL && real != NULL && stat(name, &status) == 0)
        fault = fault_of_owner(name, &status, arena);
    free(real);
    return fault;
}

static void check_access(struct check *check, const char *what, const char *path, bool is_secret)
{
    const char *fault = fault_of(path, is_secret, check->in->call.arena);

    check_row(check, what, fault == NULL ? CHECK_OK : CHECK_FAILED, "%s", fault == NULL ? "" : fault);
}

static void check_log(struct check *check)
{
    const char *target = check->in->call.config->log;
    struct arena *arena = check->in->call.arena;
    struct error err;
    const char *at;
    bool is_there;

    if (log_check(target, &err) == 0) {
        check_row(check, "log", CHECK_OK, "%s", "");
        return;
    }
    is_there = access(target, F_OK) == 0;
    at = is_there ? target : dirname(arena_strndup(arena, target, strlen(target)));
    if (!is_there && access(at, F_OK) != 0)
        check_row(check, "log", CHECK_FAILED, "there is no directory %s: install -d -o %s -g %s -m 750 %s", at,
                  user_name(geteuid(), arena), my_group(arena), quoted(at, arena));
    else
        check_row(check, "log", CHECK_FAILED, "%s may not write to %s: %s", user_name(geteuid(), arena), at,
                  to_let_in(at, is_there ? "w" : "wx", arena));
}

void check_files(struct check *check)
{
    const struct config *config = check->in->call.config;

    if (config->path != NULL)
        check_access(check, "access to the configuration", config->path, config->gateway_secret[0] != '\0');
    check_access(check, "access to the option file", config->database_option_file, true);
    check_access(check, "access to the signing keys", config->signing_keys, true);
    check_access(check, "access to the migrations", config->sql_directory, false);
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (issuer->jwks[0] == '/')
            check_access(check, arena_printf(check->in->call.arena, "access to %s", issuer->jwks), issuer->jwks, false);
    check_log(check);
}
