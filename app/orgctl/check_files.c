#include "check_files.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static const char *fault_of(const char *path, mode_t mode, bool is_secret, struct arena *arena)
{
    const char *directory = dirname(arena_strndup(arena, path, strlen(path)));

    if (is_replaceable(directory))
        return arena_printf(arena, "everybody may replace %s: chmod o-w %s", path, directory);
    if (is_secret && (mode & S_IRWXO) != 0)
        return arena_printf(arena, "everybody may read or change %s: chmod g-w,o= %s, and replace the secrets in it",
                            path, path);
    if (is_secret && (mode & S_IWGRP) != 0)
        return arena_printf(arena, "its group may change %s: chmod g-w %s", path, path);
    if ((mode & S_IWOTH) != 0)
        return arena_printf(arena, "everybody may change %s: chmod o-w %s", path, path);
    return NULL;
}

const char *check_file(const char *path, bool is_secret, struct arena *arena)
{
    char *real = realpath(path, NULL);
    const char *fault = NULL;
    struct stat status;

    if (real != NULL && stat(real, &status) == 0) {
        const char *name = arena_strndup(arena, real, strlen(real));

        if (is_reachable(real))
            fault = fault_of(name, status.st_mode, is_secret, arena);
    }
    free(real);
    return fault;
}
