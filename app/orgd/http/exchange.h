/* An exchange: everything that is known about one request and its answer, in one place. */
#ifndef ORGD_EXCHANGE_H
#define ORGD_EXCHANGE_H

#include "access_log.h"
#include "domain/access/idempotency.h"
#include "domain/call.h"
#include "domain/events/refusal.h"
#include "request_id.h"
#include "service.h"

struct route;
struct stream;

struct exchange {
    struct service *service;
    const struct http_request *request; /* in the request's arena */
    struct http_response *response;
    struct call call;
    char id[REQUEST_ID_MAX + 1];
    struct access_line access;
    struct actor actor;                                  /* whom the access line names */
    struct refusal refusal;                              /* who was refused, if somebody was */
    const char *action;                                  /* what is on record; NULL: nothing */
    void (*afterwards)(const struct exchange *exchange); /* what is done behind a good answer; NULL: nothing */
    struct idempotency idempotency;                      /* if the client has sent a key */

    /* What the path and the method lead to (match.h). */
    const struct route *path_routes;             /* the first route of the path; NULL: the path does not exist */
    const struct route *route;                   /* the route of the method; NULL: the path does not take it */
    struct text parameters[HTTP_PARAMETERS_MAX]; /* of the path, in their order */
    bool is_for_people;                          /* the path is that of a page */

    struct text body;       /* read only if the route takes one */
    struct urlencoded form; /* the body, where it is a form */

    struct stream *stream; /* which the answer is a part of; NULL: it is whole */

    const char *sign_in; /* of ERR_SIGN_IN: the path to send the browser to */
};

/* Begins an exchange: reads the environment, chooses the request id, and empties the response. A worker serves one
 * request at a time, with the memory of its service. */
void exchange_begin(struct exchange *exchange, struct service *service, char *const *environment,
                    struct http_body_source body_source);

/* Ends an exchange: calls its `afterwards`, records who was refused, writes the access line and gives the request's
 * memory back. A stream writes the line itself, at its end. */
void exchange_end(struct exchange *exchange);

#endif
