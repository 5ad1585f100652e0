/* The pool: a supervisor that binds the socket and keeps workers alive. It never speaks FastCGI. */
#ifndef ORGD_POOL_H
#define ORGD_POOL_H

#include "domain/config.h"

/* Binds `config->listen` (or takes over the socket of the supervisor that executed this one), and keeps
 * `config->workers` workers serving it, and a courier (courier.h) beside them. On SIGTERM and SIGINT it ends them after
 * their current requests. On SIGHUP it executes `arguments` again: that reads the configuration and the program again
 * and replaces all workers, without closing the socket. Returns the exit status. */
int pool_run(const struct config *config, char **arguments);

#endif
