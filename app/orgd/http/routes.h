/* The whole API as one table. */
#ifndef ORGD_ROUTES_H
#define ORGD_ROUTES_H

#include "domain/organizations/organization.h"
#include "service.h"
#include "web/http_request.h"

struct route;

/* One request on its way to its response. */
struct exchange {
    struct service *service;
    const struct http_request *request;
    struct http_response *response;
    const struct route *route;                   /* NULL: the path has none for the method */
    struct text parameters[HTTP_PARAMETERS_MAX]; /* of the path */
    bool is_for_people;                          /* the path is that of a page */
    struct text body;
    struct call call;
};

enum route_access {
    ROUTE_FOR_ANYONE,
    ROUTE_FOR_CALLERS, /* a bearer credential; whether it counts comes with the row */
    ROUTE_FOR_PEOPLE,  /* pages: errors are pages as well, and scripts of other origins have no business here */
};

enum route_body { ROUTE_NO_BODY, ROUTE_JSON_BODY, ROUTE_FORM_BODY };

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

/* Ended by a NULL path. */
extern const struct route routes[];

#endif
