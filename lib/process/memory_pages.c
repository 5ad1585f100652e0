#include "memory_pages.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* Linux 6.3 */
#endif

void *pages_map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void pages_unmap(void *memory, size_t size)
{
    if (memory != NULL)
        munmap(memory, size);
}

/* Some hosts forbid memory that could be executed (vm.memfd_noexec), others do not know the flag. */
int pages_make_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);

    return fd < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : fd;
}

static void let_go(uintptr_t start, size_t size)
{
    uintptr_t before = start & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1); /* bytes of the first page before it */

    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the linker gives numbers */
    madvise((void *)(start - before), size + before, MADV_DONTNEED);
}

static int let_go_of_object(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (size_t i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_LOAD && (object->dlpi_phdr[i].p_flags & PF_W) == 0)
            let_go(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr, object->dlpi_phdr[i].p_memsz);
    return 0;
}

void pages_rest(void)
{
    dl_iterate_phdr(let_go_of_object, NULL);
}
