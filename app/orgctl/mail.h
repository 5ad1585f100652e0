/* What the commands about mails share. */
#ifndef ORGCTL_MAIL_H
#define ORGCTL_MAIL_H

#include "command.h"
#include "domain/mail/mail_server.h"
#include "mailer.h"

/* How mails leave from here: through the mail server, or by the program. */
struct mail_way {
    struct mail_server server;
    struct mailer mailer;
    const struct mail_transport *transport;
};

/* Fails with ERR_VALIDATION if the configuration names none. Close it by mail_way_close(). */
int mail_way_open(struct mail_way *way, const struct invocation *in, struct error *err) NODISCARD;
void mail_way_close(struct mail_way *way);

#endif
