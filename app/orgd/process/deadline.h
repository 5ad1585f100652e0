/* Interrupts a call that blocks in libfcgi at a given time, so that a peer which sends or takes too slowly does not
 * hold a worker. There is one deadline at a time:
 *
 *     deadline_start(5 * US_PER_S);
 *     length = FCGX_GetStr(out, size, stream);
 *     if (deadline_stop())
 *         …it took too long */
#ifndef ORGD_DEADLINE_H
#define ORGD_DEADLINE_H

#include "base/base.h"

/* Prepares the process for deadlines. Call it once. */
void deadline_init(void);

/* From `after_us` (more than 0) on, system calls that block fail with EINTR, until deadline_stop(). */
void deadline_start(int64_t after_us);

/* Ends the deadline. True if it has passed. */
bool deadline_stop(void);

#endif
