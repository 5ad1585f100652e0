/* Memory by pages, which takes what is touched of it and no more. */
#ifndef ORGD_MEMORY_PAGES_H
#define ORGD_MEMORY_PAGES_H

#include <stddef.h>

/* `size` zeroed bytes of which only what is touched takes memory: for tables that fill with use. NULL if there is no
 * room; given back by pages_unmap() with the same size, which accepts NULL. */
void *pages_map(size_t size) __attribute__((malloc, alloc_size(1)));
void pages_unmap(void *memory, size_t size);

/* Lets go of the pages of program and libraries that are mapped and never written, which come back from the page cache
 * when they are touched: for a process that has started and will do little. */
void pages_rest(void);

#endif
