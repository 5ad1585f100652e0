#include "landlock.h"

#ifdef HAVE_LINUX_LANDLOCK_H
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of the oldest kernel that we build with. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14) /* Landlock 3 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)     /* Landlock 6 */

/* The kernel's struct landlock_ruleset_attr. An older kernel takes it if what it does not know is 0. */
struct ruleset {
    uint64_t files;
    uint64_t ports;
    uint64_t scopes;
};

/* What nothing in a worker needs. A sanitizer writes its report into a file. */
#define NOT_NEEDED                                                                                                     \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                     \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |                       \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#ifdef HAS_ADDRESS_SANITIZER
#define WRITING 0
#else
#define WRITING (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#endif

/* The C library has no functions for these. */
static int create_ruleset(const struct ruleset *ruleset, size_t size, uint32_t flags)
{
    return (int)syscall(__NR_landlock_create_ruleset, ruleset, size, flags);
}

static int version(void)
{
    return create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int open_ruleset(void)
{
    int known = version();
    struct ruleset ruleset = {
        .files = NOT_NEEDED | WRITING | (known >= 3 && WRITING != 0 ? ACCESS_TRUNCATE : 0),
        .scopes = known >= 6 ? SCOPE_SIGNAL : 0,
    };

    return create_ruleset(&ruleset, sizeof(ruleset), 0);
}

/* Allows what stands in `access` at this path and below. */
static int allow(int ruleset_fd, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    long result = 0;

    if (WRITING == 0 || fd < 0) /* it is not there: nobody opens it */
        return 0;
    result = syscall(__NR_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return (int)result;
}

/* Libraries open /dev/null to write into it. */
static int allow_writing(int ruleset_fd, const char *logs)
{
    if (allow(ruleset_fd, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE) != 0)
        return -1;
    return logs == NULL ? 0 : allow(ruleset_fd, logs, LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG);
}

bool landlock_is_there(void)
{
    return version() > 0;
}

int landlock_restrict(const char *logs, struct error *err)
{
    int fd = open_ruleset();
    bool is_done = fd >= 0 && allow_writing(fd, logs) == 0 && syscall(__NR_landlock_restrict_self, fd, 0) == 0;
    int cause = errno;

    if (fd >= 0)
        close(fd);
    if (is_done)
        return 0;
    return error_set(err, ERR_INTERNAL,
                     "seccomp = on: cannot give up other files and processes (Landlock): %s; set seccomp = off to run "
                     "without it",
                     strerror(cause));
}

#else

/* The headers of Linux are older than 5.13. */
bool landlock_is_there(void)
{
    return false;
}

int landlock_restrict(const char *logs, struct error *err)
{
    (void)logs;
    return error_set(err, ERR_INTERNAL, "orgd was built without Landlock");
}

#endif
