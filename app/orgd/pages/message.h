/* Shows a page with one sentence: that something is done. Refusals get their pages from http/problem.c.
 *
 *     return message_show(exchange, N_("The device is let in"), N_("You can close this page.")); */
#ifndef ORGD_MESSAGE_H
#define ORGD_MESSAGE_H

#include "http/exchange.h"

/* Shows what is done, in the person's language, and leads on to the front page. N_() marks both texts. Returns 0. */
int message_show(struct exchange *exchange, const char *title, const char *sentence);

/* The same, but leads on to another path of ours, by a link with this text. */
int message_lead_on(struct exchange *exchange, const char *title, const char *sentence, const char *path,
                    const char *link);

#endif
