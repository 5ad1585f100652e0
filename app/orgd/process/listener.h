/* The listening socket of the pool. */
#ifndef ORGD_LISTENER_H
#define ORGD_LISTENER_H

#include "base/error.h"
#include "domain/config.h"

/* Binds and listens at `config->listen`: "unix:PATH" with the configured mode and group, or "HOST:PORT". The file of a
 * dead Unix socket is replaced; a live one is another process's, and an error. Returns the descriptor, or -1. */
int listener_open(const struct config *config, struct error *err) NODISCARD;

/* At the end: those who wait to be accepted stay, and nobody else gets in. The file of a Unix socket is removed, and
 * who is about to connect is refused. At a port he has to try again as long as anybody waits there. */
void listener_refuse(const struct config *config, int fd);

#endif
