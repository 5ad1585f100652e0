#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

struct memory_file memory_file_open(void)
{
    struct memory_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};

    if (file.fd < 0)
        abort();
    snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
    return file;
}

void memory_file_write(const struct memory_file *file, const void *data, size_t length)
{
    if (ftruncate(file->fd, 0) != 0 || pwrite(file->fd, data, length, 0) != (ssize_t)length)
        abort();
}
