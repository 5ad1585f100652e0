#include "user.h"

#include <grp.h>
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

static void name_group(char out[NAME_SIZE])
{
    const struct group *group = getgrgid(getegid());

    if (group != NULL)
        snprintf(out, NAME_SIZE, "%s", group->gr_name);
    else
        snprintf(out, NAME_SIZE, "%lu", (unsigned long)getegid());
}

void user_explain_access(const char *path, char out[USER_SENTENCE_SIZE])
{
    struct stat status;
    char name[NAME_SIZE];
    char group[NAME_SIZE];

    name_user(name);
    name_group(group);
    if (stat(path, &status) != 0)
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not enter every directory above it", name);
    else if (status.st_uid == geteuid())
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not read it: chmod u+r %s", name, path);
    else
        snprintf(out, USER_SENTENCE_SIZE, "the user %s may not read it: chgrp %s %s && chmod g+r %s", name, group, path,
                 path);
}
