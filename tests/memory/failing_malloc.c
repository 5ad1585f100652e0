#include "failing_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The real functions: AddressSanitizer's if the program is built with it, else the C library's. */
#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void *REAL(memalign)(size_t alignment, size_t size);

/* The C library's declarations name their parameters otherwise, with reserved names. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *reallocarray(void *memory, size_t count, size_t size);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);

static struct {
    bool is_armed;
    bool is_lasting;
    long first;
    long count;
    void *failed_at;
} plan;

void failing_malloc_arm(long first, bool lastingly)
{
    plan.first = first;
    plan.is_lasting = lastingly;
    plan.count = 0;
    plan.failed_at = NULL;
    plan.is_armed = true;
}

long failing_malloc_disarm(void)
{
    plan.is_armed = false;
    return plan.count;
}

const char *failing_malloc_place(void)
{
    static char place[256];
    Dl_info info;

    if (plan.failed_at == NULL || dladdr(plan.failed_at, &info) == 0)
        return NULL;
    snprintf(place, sizeof(place), "%s %s+%#tx", info.dli_fname, info.dli_sname == NULL ? "" : info.dli_sname,
             (char *)plan.failed_at - (char *)info.dli_fbase);
    return place;
}

static bool fails(void *caller)
{
    if (!plan.is_armed)
        return false;
    plan.count++;
    if (plan.count < plan.first || (plan.count > plan.first && !plan.is_lasting))
        return false;
    if (plan.failed_at == NULL)
        plan.failed_at = caller;
    errno = ENOMEM;
    return true;
}

#define FAILS() fails(__builtin_return_address(0))

void *malloc(size_t size)
{
    return FAILS() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS() ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
    return FAILS() ? NULL : REAL(realloc)(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return FAILS() ? NULL : REAL(realloc)(memory, count * size);
}

void *memalign(size_t alignment, size_t size)
{
    return FAILS() ? NULL : REAL(memalign)(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return FAILS() ? NULL : REAL(memalign)(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = FAILS() ? NULL : REAL(memalign)(alignment, size);

    if (memory == NULL)
        return ENOMEM;
    *out = memory;
    return 0;
}

/* AddressSanitizer's own strdup() would not call this malloc(). */
char *strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = FAILS() ? NULL : REAL(malloc)(size);

    return copy == NULL ? NULL : memcpy(copy, string, size);
}

char *strndup(const char *string, size_t maximum)
{
    size_t length = strnlen(string, maximum);
    char *copy = FAILS() ? NULL : REAL(malloc)(length + 1);

    if (copy == NULL)
        return NULL;
    copy[length] = '\0';
    return memcpy(copy, string, length);
}

/* libxcrypt allocates its megabytes here. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) != 0 && FAILS())
        return MAP_FAILED;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): system calls give numbers */
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
