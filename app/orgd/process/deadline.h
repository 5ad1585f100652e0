/* A time by which something that blocks in libfcgi is interrupted, so that a peer which sends or takes too slowly
 * holds a worker no longer. There is one at a time. */
#ifndef ORGD_DEADLINE_H
#define ORGD_DEADLINE_H

#include "base/base.h"

/* Makes the process ready for deadlines, once. */
void deadline_init(void);

/* From `after_us` on, which is more than 0, system calls that block fail with EINTR until deadline_stop(). */
void deadline_start(int64_t after_us);

/* True if the deadline has come. */
bool deadline_stop(void);

#endif
