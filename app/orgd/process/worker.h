/* A worker: serves the FastCGI listening socket that is its file descriptor 0, one request at a time. */
#ifndef ORGD_WORKER_H
#define ORGD_WORKER_H

#include <signal.h>

#include "domain/config.h"

/* Ends a worker like SIGTERM. But nobody will serve the socket after it, so the worker first serves the connections
 * that wait. */
#define WORKER_DRAIN SIGUSR2

/* True if file descriptor 0 is a listening socket, left there by a web server, spawn-fcgi or the pool. */
bool worker_has_socket(void);

/* Serves until SIGTERM, SIGINT or SIGUSR1, and finishes the current request first; or until `max_requests` are done.
 * Returns the exit status of the process. */
int worker_run(const struct config *config);

#endif
