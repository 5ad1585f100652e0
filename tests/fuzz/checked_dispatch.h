/* exchange_begin(), dispatch() and exchange_end() of the program, held against what must be true of every response and
 * every line of the log. A breach aborts. */
#ifndef ORGD_CHECKED_DISPATCH_H
#define ORGD_CHECKED_DISPATCH_H

#include "app/orgd/http/dispatch.h"

/* Opens a service over the fake database, with the log in memory; once. */
void checked_open(struct service *service, const struct config *config);

/* As in dispatch.h. With FUZZ_SHOW in the environment, responses are printed. */
void checked_begin(struct exchange *exchange, struct service *service, char *const *environment,
                   struct http_body_source body_source);
void checked_dispatch(struct exchange *exchange);

/* Call between the first two: somebody has sent this text before, so an answer may have it, whatever it says. */
void checked_allow(struct text text);
void checked_end(struct exchange *exchange);

#endif
