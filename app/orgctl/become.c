#include "become.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process/confine.h"

/* By name, or by number where no name is known. */
static const struct passwd *find_user(const char *name)
{
    const struct passwd *user = getpwnam(name);
    char *end;
    unsigned long uid;

    if (user != NULL)
        return user;
    uid = strtoul(name, &end, 10);
    return end == name || *end != '\0' ? NULL : getpwuid((uid_t)uid);
}

int become_user(const char *name, struct error *err)
{
    const struct passwd *user = find_user(name);

    if (user == NULL)
        return error_set(err, ERR_VALIDATION, "--as %s: there is no such user", name);
    if (geteuid() == user->pw_uid)
        return 0;
    if (geteuid() != 0)
        return error_set(err, ERR_FORBIDDEN, "--as %s: only root can become another user: run this as root, or as %s",
                         name, user->pw_name);
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        return error_set(err, ERR_FORBIDDEN, "--as %s: %s", name, strerror(errno));
    return confine_hide(err);
}
