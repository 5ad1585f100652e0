/* Hands mails to a program such as sendmail(8). */
#ifndef ORGCTL_MAILER_H
#define ORGCTL_MAILER_H

#include "domain/mail/mail_delivery.h"

/* A transport that starts `program -t -i -f ADDRESS` for each mail; it finds the recipient in the message. Kills it
 * after mail_timeout. */
struct mailer {
    struct mail_transport transport;
    const char *path;
    int64_t timeout_s;
};

void mailer_open(struct mailer *mailer, const struct config *config);

#endif
