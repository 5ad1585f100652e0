/* The mail server of the configuration.
 *
 *     struct mail_server server;
 *
 *     mail_server_open(&server, config, arena);
 *     delivery.transport = &server.transport;
 *     …
 *     mail_server_close(&server); */
#ifndef ORGD_MAIL_SERVER_H
#define ORGD_MAIL_SERVER_H

#include "mail_delivery.h"

struct mail_server {
    const struct config *config;
    struct arena *arena;
    struct mail_transport transport;
    struct smtp_server settings; /* a caller may set is_over() */
    struct smtp *smtp;           /* NULL: no mail has been sent yet */
};

/* Prepares what the configuration names, which must be no program. With the first mail it reads the password anew, and
 * connects. */
void mail_server_open(struct mail_server *server, const struct config *config, struct arena *arena);
void mail_server_close(struct mail_server *server);

/* Connects as for a mail, and sends none. Fails with ERR_UNAVAILABLE, and says why. */
int mail_server_look(struct mail_server *server, struct error *err) NODISCARD;

#endif
