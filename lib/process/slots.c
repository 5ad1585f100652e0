#include "slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"

/* Other users must not be able to take slots, so each has files of its own. */
static void make_name(char name[SLOTS_NAME_SIZE], const char *installation)
{
    struct digest digest = digest_of(installation, strlen(installation));
    int length = snprintf(name, SLOTS_NAME_SIZE, "/orgd-%lu-", (unsigned long)geteuid());

    for (size_t i = 0; i < 8; i++)
        length += snprintf(name + length, SLOTS_NAME_SIZE - (size_t)length, "%02x", digest.bytes[i]);
}

/* Returns a file that belongs to this user; -1 with errno. */
static int open_own(const char *name)
{
    int fd = shm_open(name, O_RDWR | O_CREAT, 0600);
    struct stat status;

    if (fd < 0 || (fstat(fd, &status) == 0 && status.st_uid == geteuid()))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* Whoever knows the name could make the file first, and switch the limit off. */
static int open_instead(const struct slots *slots, const char *installation)
{
    const char *reason = strerror(errno);
    int fd = open(installation, O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        log_warning("cannot open /dev/shm%s: %s; so one password is hashed at a time: remove that file, and restart",
                    slots->name, reason);
    else
        log_warning("cannot open /dev/shm%s: %s; nor %s: %s; so any number of passwords is hashed at a time",
                    slots->name, reason, installation, strerror(errno));
    return fd;
}

void slots_open(struct slots *slots, const char *installation)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *slots = (struct slots){.count = processors < 4 ? 1 : (int)(processors / 2), .taken = -1};
    make_name(slots->name, installation);
    slots->fd = open_own(slots->name);
    slots->file_fd = slots->fd < 0 ? open_instead(slots, installation) : -1;
}

void slots_close(struct slots *slots)
{
    if (slots->fd >= 0)
        close(slots->fd);
    if (slots->file_fd >= 0)
        close(slots->file_fd);
}

void *slots_map(int fd, size_t offset, size_t length)
{
    void *memory;

    if (fd < 0 || posix_fallocate(fd, (off_t)offset, (off_t)length) != 0)
        return NULL;
    memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    return memory == MAP_FAILED ? NULL : memory;
}

static bool set_lock(const struct slots *slots, int slot, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1};

    return fcntl(slots->fd, F_OFD_SETLK, &lock) == 0;
}

/* Some file systems of the network cannot lock a file that is open for reading. Then there is no limit. */
static bool take_file(struct slots *slots)
{
    if (slots->file_fd < 0)
        return true;
    if (flock(slots->file_fd, LOCK_EX | LOCK_NB) < 0)
        return errno != EWOULDBLOCK;
    slots->taken = 0;
    return true;
}

bool slots_take(struct slots *slots)
{
    if (slots == NULL)
        return true;
    if (slots->fd < 0)
        return take_file(slots);
    for (int slot = 0; slot < slots->count; slot++)
        if (set_lock(slots, slot, F_WRLCK)) {
            slots->taken = slot;
            return true;
        }
    return false;
}

void slots_release(struct slots *slots)
{
    if (slots == NULL || slots->taken < 0)
        return;
    if (slots->fd < 0)
        flock(slots->file_fd, LOCK_UN);
    else
        set_lock(slots, slots->taken, F_UNLCK);
    slots->taken = -1;
}
