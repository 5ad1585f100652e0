/* Memory by pages. Only pages that are touched take memory. */
#ifndef ORGD_MEMORY_PAGES_H
#define ORGD_MEMORY_PAGES_H

#include <stddef.h>

/* Maps `size` zeroed bytes. Use it for tables that fill up slowly: only pages that are touched take memory. Returns
 * NULL if there is no room. Give it back by pages_unmap() with the same size; that accepts NULL. */
void *pages_map(size_t size) __attribute__((malloc, alloc_size(1)));
void pages_unmap(void *memory, size_t size);

/* Makes an empty file in memory, without a path. Returns its descriptor, which closes on exec; -1 with errno. */
int pages_make_file(const char *name);

/* Releases the pages of program and libraries that are mapped and never written. They come back from the page cache
 * when they are touched. Call it in a process that has started and will do little. */
void pages_rest(void);

#endif
