#include "memory_pages.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

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
