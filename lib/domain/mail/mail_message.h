/* The message of a mail (RFC 5322), as a mail server gets it. */
#ifndef ORGD_MAIL_MESSAGE_H
#define ORGD_MAIL_MESSAGE_H

#include "domain/call.h"
#include "mail_sql.h"

/* A message of at most this size. */
#define MAIL_MESSAGE_BYTES_MAX ((size_t)1024 * 1024)

/* Writes the message: plain text and HTML. Whoever sends a mail again sends the same, with the same Message-ID and
 * Date. */
void mail_message_write(struct buf *out, const struct call *call, const struct mail_row *mail);

#endif
