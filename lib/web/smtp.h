/* Sends mails through a mail server (RFC 5321), by libcurl.
 *
 *     struct smtp *smtp = smtp_open(&server, err);
 *     struct smtp_reply reply;
 *
 *     if (smtp_send(smtp, &envelope, &reply) == SMTP_SENT)
 *         …
 *     smtp_close(smtp);
 *
 * Mails that follow each other go over one connection. It uses no proxies, whatever the environment says. */
#ifndef ORGD_SMTP_H
#define ORGD_SMTP_H

#include "base/base.h"
#include "base/error.h"

enum smtp_tls { SMTP_TLS_REQUIRED, SMTP_TLS_OPTIONAL, SMTP_TLS_OFF };

/* Borrows its texts for as long as it is open. */
struct smtp_server {
    const char *url;      /* smtp:// or smtps://; its path, if any, is the name in EHLO */
    const char *user;     /* "": no AUTH */
    const char *password; /* likewise */
    const char *ca_file;  /* certificates to believe; "": the system's */
    enum smtp_tls tls;    /* of smtp://, by STARTTLS; smtps:// always has it */
    int64_t timeout_s;    /* for the whole of one mail, or of a look at the server */
    /* Asked about once a second while a mail is on its way; NULL: nobody is. If it returns true, what the server has
     * not got all of yet is not sent any more. */
    bool (*is_over)(void *context);
    void *context;
};

struct smtp_envelope {
    const char *from; /* as mime_add_address() writes it */
    const char *to;
    struct text message;
};

enum smtp_outcome {
    SMTP_SENT,
    SMTP_REFUSED,     /* the recipient, for good (5xx) */
    SMTP_PUT_OFF,     /* this mail, as far as is known: now, or until somebody changes something */
    SMTP_UNREACHABLE, /* no mail would go out: no connection, no TLS, no AUTH, no answer */
    SMTP_STOPPED,     /* is_over() said so, before the server had all of the mail */
};

#define SMTP_SAID_BYTES 256

/* What the server said last, or what came between: one line, for people. It is printable ASCII. */
struct smtp_reply {
    char said[SMTP_SAID_BYTES];
};

struct smtp;

/* Makes a handle; it connects with the first mail. Release it by smtp_close(). Fails with ERR_UNAVAILABLE if memory
 * runs out. */
struct smtp *smtp_open(const struct smtp_server *server, struct error *err) NODISCARD;
/* Accepts NULL. */
void smtp_close(struct smtp *smtp);

/* Sends a mail. After SMTP_UNREACHABLE the server may have it nevertheless, if the answer was lost. */
enum smtp_outcome smtp_send(struct smtp *smtp, const struct smtp_envelope *envelope, struct smtp_reply *reply);

/* Connects, with TLS and AUTH as for a mail, and sends none. Returns SMTP_SENT if that went well. */
enum smtp_outcome smtp_look(struct smtp *smtp, struct smtp_reply *reply);

#endif
