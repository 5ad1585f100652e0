/* Leads one request from its CGI environment to its response: route, body, credential, handler. problem.h turns a
 * refusal into an answer. */
#ifndef ORGD_DISPATCH_H
#define ORGD_DISPATCH_H

#include "exchange.h"

/* Serves the request of an exchange that has begun. Afterwards the complete CGI output is in service->out.
 * exchange_end() writes the access line, so that the client need not wait for it:
 *
 *     exchange_begin(&exchange, service, environment, body_source);
 *     dispatch(&exchange);
 *     send(&service->out);
 *     exchange_end(&exchange); */
void dispatch(struct exchange *exchange);

#endif
