/* malloc() and its kin, in place of the C library's for the whole program, libraries included: they fail when told to.
 */
#ifndef ORGD_FAILING_MALLOC_H
#define ORGD_FAILING_MALLOC_H

#include <stdbool.h>

/* From here on the `first` next allocation fails (1 is the very next one), and if `lastingly` all that follow it. */
void failing_malloc_arm(long first, bool lastingly);

/* Ends that. Returns how many allocations were asked for meanwhile. */
long failing_malloc_disarm(void);

/* Where the first of them failed, as "library+offset"; NULL if none did. Valid until the next call. */
const char *failing_malloc_place(void);

#endif
