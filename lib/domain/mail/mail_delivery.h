/* Sends the mails that are due.
 *
 *     struct mail_delivery delivery = {.transport = &transport};
 *
 *     if (mail_deliver(&call, &delivery, &err) < 0)
 *         …the mail server or the database is away; try again later
 *
 * Any number of processes may do so at a time, on whichever hosts and database nodes. Each claims a mail before it
 * sends it, by a committed UPDATE that only one of them can make. A mail is sent at least once, and twice only if its
 * sender ends, or loses the server's answer or the database, between the sending and the UPDATE that says so. */
#ifndef ORGD_MAIL_DELIVERY_H
#define ORGD_MAIL_DELIVERY_H

#include "domain/call.h"
#include "mail_sql.h"
#include "web/smtp.h"

/* How mails leave. */
struct mail_transport {
    enum smtp_outcome (*send)(void *context, const struct smtp_envelope *envelope, struct smtp_reply *reply);
    void *context;
};

struct mail_delivery {
    const struct mail_transport *transport;
    bool (*is_over)(void *context); /* asked between mails; NULL: it goes on until none is due */
    void *context;
    int64_t sent; /* how many so far, as the next two */
    int64_t put_off;
    int64_t failed;
};

/* Sends what is due, one after the other, until nothing is, or is_over() says so. Fails with ERR_UNAVAILABLE if the
 * mail server takes no mails at this moment, or the database is away. `call` needs no caller. */
int mail_deliver(const struct call *call, struct mail_delivery *delivery, struct error *err) NODISCARD;

/* Sends one mail that is in no table. Nobody tries again. `reply` gets what the server said, or why nobody was asked.
 */
enum smtp_outcome mail_send(const struct call *call, const struct mail_transport *transport,
                            const struct mail_row *mail, struct smtp_reply *reply);

/* Finds out how many mails wait, and for how many seconds the oldest has. */
int mail_waiting(const struct call *call, struct mail_waiting_row *out, struct error *err) NODISCARD;

#endif
