/* One request from its CGI environment to its response, step by step: route, body, credential, handler; a refusal
 * becomes an answer in problem.h. */
#ifndef ORGD_DISPATCH_H
#define ORGD_DISPATCH_H

#include "exchange.h"

/* Serves the request of an exchange that has begun. The complete CGI output is in service->out afterwards. The access
 * line is written by exchange_end(), so that the client need not wait for it:
 *
 *     exchange_begin(&exchange, service, environment, body_source);
 *     dispatch(&exchange);
 *     send(&service->out);
 *     exchange_end(&exchange);
 */
void dispatch(struct exchange *exchange);

#endif
