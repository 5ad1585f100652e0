/* The pool: a supervisor that binds the socket, keeps workers alive, and never speaks FastCGI. */
#ifndef ORGD_POOL_H
#define ORGD_POOL_H

#include "domain/config.h"

/* Binds `config->listen` (or takes over the socket of the supervisor that executed this one) and keeps
 * `config->workers` workers serving it: SIGTERM and SIGINT end them after the requests in hand, SIGHUP executes
 * `arguments` anew, which reads configuration and binary again and replaces all workers without closing the socket.
 * Returns the exit status. */
int pool_run(const struct config *config, char **arguments);

#endif
