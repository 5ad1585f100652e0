/* The couriers: they do what no client waits for. One gives events their positions (domain/events/event_position.h) and
 * purges what is over (domain/access/purge.h); the other sends mails (domain/mail/mail_delivery.h), since a mail server
 * may take a minute over each. */
#ifndef ORGD_COURIER_H
#define ORGD_COURIER_H

#include "domain/config.h"

/* Works until SIGTERM, SIGINT or WORKER_DRAIN (worker.h), which end it after the statement in hand. Waits for the
 * database if it is away. Returns the exit status of the process. */
int courier_run(const struct config *config);

/* The same for the courier of mails, which a mail that is on its way to the server keeps for some seconds more. */
int courier_run_mail(const struct config *config);

#endif
