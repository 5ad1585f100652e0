/* The whole API as one table. */
#ifndef ORGD_ROUTES_H
#define ORGD_ROUTES_H

#include "web/http_request.h"

struct exchange;

enum route_access {
    ROUTE_FOR_ANYONE,
    ROUTE_FOR_CALLERS, /* needs a bearer credential; the handler's statement checks it */
    ROUTE_FOR_PEOPLE,  /* pages: errors are pages too, and CORS allows no other origin */
};

/* A form of ROUTE_FOR_PEOPLE is accepted only with the token of a page of ours (browser.h), before its handler sees it.
 */
enum route_body {
    ROUTE_NO_BODY,
    ROUTE_JSON_BODY,
    ROUTE_FORM_BODY,
    ROUTE_REQUEST_OR_DECISION_BODY, /* a form that needs its token only if it has the field `decision`: without, it is
                                       an authorization request, which anybody may post (RFC 6749, 3.1) */
};

struct route {
    enum http_method method;
    const char *path;
    enum route_access access;
    enum route_body body;
    const char *cache_control;
    /* Writes the response and returns 0, or leaves it alone and returns -1. */
    int (*handle)(struct exchange *exchange, struct error *err);
    const char *summary;
};

/* Ended by a NULL path. The routes of one path stand together. */
extern const struct route routes[];

#endif
