/* Where the processes of this service count: in metrics_file, else in memory that a pool hands down; nowhere if nobody
 * may read it. */
#ifndef ORGD_COUNTING_H
#define ORGD_COUNTING_H

#include "domain/config.h"
#include "process/counters.h"

/* Prepares a pool: makes memory, or takes over that of the supervisor before this one. Call it before fork(), and again
 * if there was no handing over. */
void counting_prepare(const struct config *config);

/* Has the next image of this process find the memory. */
void counting_hand_over(void);

/* Begins to count together with other processes, if orgd serves metrics. `role` is the counter of such processes. Call
 * it after fork() and before confine(). Returns false if this process counts for itself, and logs why where it should
 * not. End it by counters_close(). */
bool counting_begin(const struct config *config, enum counter role);

#endif
