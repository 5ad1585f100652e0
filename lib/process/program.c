#include "program.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

const char *program_path(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

    return length <= 0 ? "" : arena_strndup(arena, path, (size_t)length);
}

/* The length of the path without its last name, and without the slash before that. */
static size_t without_name(const char *path, size_t length)
{
    while (length > 0 && path[--length] != '/')
        ;
    return length;
}

const char *program_beside(const char *relative, struct arena *arena)
{
    const char *path = program_path(arena);
    size_t length = without_name(path, strlen(path));

    for (; strncmp(relative, "../", 3) == 0; relative += 3)
        length = without_name(path, length);
    return arena_printf(arena, "%.*s/%s", (int)length, path, relative);
}
