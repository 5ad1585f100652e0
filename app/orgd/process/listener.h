/* The listening socket of the pool. */
#ifndef ORGD_LISTENER_H
#define ORGD_LISTENER_H

#include "base/error.h"
#include "domain/config.h"

/* Takes the socket that systemd has opened for this process (sd_listen_fds(3)). If there is none, binds and listens at
 * `config->listen`: "unix:PATH" with the configured mode and group, or "HOST:PORT". Replaces the file of a Unix socket
 * that nobody serves; fails if another process serves it. Returns the descriptor, or -1. */
int listener_open(const struct config *config, struct error *err) NODISCARD;

/* Lets no new client in, and keeps those that wait to be accepted. Call it at the end. It removes the file of a Unix
 * socket, and refuses clients that are about to connect. At a port, new clients have to try again as long as others
 * wait there. Returns false if the socket is systemd's: then clients wait there for the next start. */
bool listener_refuse(const struct config *config, int fd);

#endif
