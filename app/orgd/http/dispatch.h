/* One request from its CGI environment to its response: request id, CORS, route, body, credential, handler; a refusal
 * becomes an answer in problem.h. */
#ifndef ORGD_DISPATCH_H
#define ORGD_DISPATCH_H

#include "service.h"
#include "web/http_request.h"

/* Serves one request: the complete CGI output is in service->out afterwards, until the next call. The access line is
 * logged by dispatch_finish(), so that the client need not wait for it. */
void dispatch(struct service *service, char *const *environment, struct http_body_source body_source);

/* Logs the access line and gives the request's memory back. */
void dispatch_finish(struct service *service);

#endif
