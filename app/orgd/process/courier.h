/* The courier: does what no client waits for. It gives events their positions
 * (domain/events/event_position.h) and purges what is over (domain/access/purge.h). */
#ifndef ORGD_COURIER_H
#define ORGD_COURIER_H

#include "domain/config.h"

/* Works until SIGTERM, SIGINT or WORKER_DRAIN (worker.h), which end it after the statement in hand. Waits for the
 * database if it is away. Returns the exit status of the process. */
int courier_run(const struct config *config);

#endif
