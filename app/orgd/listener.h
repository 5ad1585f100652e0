/* The listening socket of the pool. */
#ifndef ORGD_LISTENER_H
#define ORGD_LISTENER_H

#include "base/config.h"
#include "base/error.h"

/* Binds and listens at `config->listen`: "unix:PATH" with the configured mode and group, or "HOST:PORT". The file of a
 * dead Unix socket is replaced; a live one is another process's, and an error. Returns the descriptor, or -1. */
int listener_open(const struct config *config, struct error *err) NODISCARD;

/* Removes the file of a Unix socket. */
void listener_remove(const struct config *config);

#endif
