/* A worker: serves the FastCGI listening socket that is its file descriptor 0, one request at a time. */
#ifndef ORGD_WORKER_H
#define ORGD_WORKER_H

#include <signal.h>

#include "domain/config.h"

/* Ends a worker like SIGTERM, but for a socket that nobody will serve any more: what waits there is served first. */
#define WORKER_DRAIN SIGUSR2

/* True if file descriptor 0 is a listening socket, as a web server, spawn-fcgi or the pool leave it. */
bool worker_has_socket(void);

/* Serves until SIGTERM, SIGINT or SIGUSR1 (the request in hand is finished first), or until `max_requests` are done.
 * Returns the exit status of the process. */
int worker_run(const struct config *config);

#endif
