#include "ownership.h"

#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

const char *ownership_quote(const char *path, struct arena *arena)
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

const char *ownership_name(uid_t user, struct arena *arena)
{
    const struct passwd *entry = getpwuid(user);

    return entry == NULL ? arena_printf(arena, "%u", (unsigned)user) : arena_printf(arena, "%s", entry->pw_name);
}

static bool is_trusted(uid_t owner, uid_t user)
{
    return owner == 0 || owner == user;
}

/* A group that only the user is in, as distributions give one to each, or one of the system's own: Ubuntu lets syslog
 * write to /var/log. */
static bool is_harmless(gid_t id, uid_t user)
{
    const struct group *group = getgrgid(id);
    const struct passwd *entry = getpwuid(user);

    if (group == NULL || group->gr_mem[0] != NULL)
        return false;
    return id == 0 || strcmp(group->gr_name, "syslog") == 0 ||
           (entry != NULL && strcmp(group->gr_name, entry->pw_name) == 0);
}

bool ownership_is_shared(const struct stat *status, uid_t user)
{
    return (status->st_mode & S_IWOTH) != 0 || ((status->st_mode & S_IWGRP) != 0 && !is_harmless(status->st_gid, user));
}

/* A directory, and what there is in it on the way to the file. */
static const char *fault_of_step(const char *directory, const char *entry, uid_t user, struct arena *arena)
{
    struct stat above;
    struct stat below;

    if (stat(directory, &above) != 0 || lstat(entry, &below) != 0)
        return NULL;
    if (!is_trusted(above.st_uid, user))
        return arena_printf(arena, "%s owns %s, and may replace what is in it: chown root %s",
                            ownership_name(above.st_uid, arena), directory, ownership_quote(directory, arena));
    if (!ownership_is_shared(&above, user))
        return NULL;
    if ((above.st_mode & S_ISVTX) == 0 || above.st_uid != 0)
        return arena_printf(arena, "%s may replace %s: chmod go-w %s",
                            (above.st_mode & S_IWOTH) != 0 ? "everybody" : "a group", entry,
                            ownership_quote(directory, arena));
    if (!is_trusted(below.st_uid, user))
        return arena_printf(arena, "%s owns %s, and may replace it: chown -h root %s",
                            ownership_name(below.st_uid, arena), entry, ownership_quote(entry, arena));
    return NULL;
}

/* True if only its owner comes any further. */
static bool is_closed(const char *directory)
{
    struct stat status;

    return stat(directory, &status) == 0 && (status.st_mode & (S_IXGRP | S_IXOTH)) == 0;
}

/* From the root on, as whatever is below a closed directory is out of everybody's reach. */
static const char *fault_of_way(const char *path, uid_t user, struct arena *arena)
{
    const char *fault = NULL;

    for (const char *slash = path; slash != NULL && fault == NULL; slash = strchr(slash + 1, '/')) {
        const char *next = strchr(slash + 1, '/');
        const char *directory = slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
        const char *entry = next == NULL ? path : arena_strndup(arena, path, (size_t)(next - path));

        fault = fault_of_step(directory, entry, user, arena);
        if (is_closed(directory))
            break;
    }
    return fault;
}

/* The way as it is written may lead over links, which others might replace; the other one is where they lead to. */
const char *ownership_fault(const char *path, uid_t user, struct arena *arena)
{
    char *real = realpath(path, NULL);
    const char *fault = path[0] == '/' ? fault_of_way(path, user, arena) : NULL;

    if (fault == NULL && real != NULL)
        fault = fault_of_way(real, user, arena);
    free(real);
    return fault;
}

const char *ownership_fault_of_socket(const char *path, uid_t user, struct arena *arena)
{
    const char *directory = dirname(arena_strndup(arena, path, strlen(path)));
    struct stat status;

    if (stat(directory, &status) == 0 && ownership_is_shared(&status, user))
        return arena_printf(arena, "others may write to %s, and make the socket %s while its server is away", directory,
                            path);
    return ownership_fault(path, user, arena);
}

bool ownership_is_reachable(const char *path, struct arena *arena)
{
    char *part = arena_strndup(arena, path, strlen(path));
    struct stat status;

    while (strcmp(part, "/") != 0 && strcmp(part, ".") != 0) {
        part = dirname(part);
        if (stat(part, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}
