#include "user.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64

/* The name of the effective user, or the number of one that has no name. */
static void name_user(char out[NAME_SIZE])
{
    const struct passwd *user = getpwuid(geteuid());

    if (user != NULL)
        snprintf(out, NAME_SIZE, "%s", user->pw_name);
    else
        snprintf(out, NAME_SIZE, "%lu", (unsigned long)geteuid());
}

void user_explain_access(const char *path, char out[USER_SENTENCE_SIZE])
{
    struct stat status;
    char name[NAME_SIZE];

    name_user(name);
    if (stat(path, &status) != 0)
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not enter every directory above it", name);
    else if (status.st_uid == geteuid())
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not read it: chmod u+r %s", name, path);
    else
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not read it: chown %s %s", name, name, path);
}
