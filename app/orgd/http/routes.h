/* The whole API as one table, whose rows stand in routes_*.def: what a request may contain, who may send it, which
 * function answers it, and what the document says. */
#ifndef ORGD_ROUTES_H
#define ORGD_ROUTES_H

#include "base/error.h"
#include "web/fields.h"
#include "web/http_request.h"

struct exchange;

/* Who may call. The document's refusals follow from this, except those that a route names. */
enum route_access {
    ROUTE_FOR_ANYONE,
    ROUTE_FOR_CALLERS,  /* needs a bearer credential; the handler's statement checks it */
    ROUTE_FOR_CLIENTS,  /* OAuth2's; the handler checks the client's secret */
    ROUTE_FOR_MONITORS, /* need the metrics_token, which the handler checks; without one the path does not exist */
    ROUTE_FOR_PEOPLE,   /* pages: errors are pages too, and CORS allows no other origin */
};

/* A form of ROUTE_FOR_PEOPLE is accepted only with the token of a page of ours (browser.h), before its handler sees it.
 */
enum route_body {
    ROUTE_NO_BODY,
    ROUTE_JSON_BODY,
    ROUTE_FORM_BODY,
    ROUTE_REQUEST_OR_DECISION_BODY, /* a form that needs its token only if it has the field `decision`: without, it is
                                       an authorization request, which anybody may post (RFC 6749, 3.1) */
    ROUTE_SIGN_IN_BODY, /* a form whose token the handler checks, since another tab may have signed in meanwhile */
};

enum answer_flags {
    ANSWER_LIST = 1 << 0, /* a list of such things */
    ANSWER_PAGE = 1 << 1, /* a page of the list, with Link and X-Total-Count */
    ANSWER_ETAG = 1 << 2,
    ANSWER_LOCATION = 1 << 3,
    ANSWER_RETRY_AFTER = 1 << 4,
    ANSWER_EMPTY = 1 << 5, /* no body */
    ANSWER_CONTENT_LOCATION = 1 << 6,
    ANSWER_OR_PAGE = 1 << 7,  /* or a page, for browsers */
    ANSWER_REPLAYED = 1 << 8, /* perhaps: Idempotency-Replayed */
    ANSWER_METRICS = 1 << 9,  /* OpenMetrics text instead of a page */
    ANSWER_FILE = 1 << 10,    /* or the whole list as a file, CSV or JSON Lines */
};

/* One status that a route answers with. */
struct route_answer {
    int status;
    const char *description;
    const struct model *model; /* of the body; NULL: a page, or none */
    unsigned flags;            /* enum answer_flags */
};

struct route {
    enum http_method method;
    enum route_access access;
    const char *path;
    /* Writes the response and returns 0, or leaves it alone and returns -1. */
    int (*handle)(struct exchange *exchange, struct error *err);
    const char *cache_control;
    bool refuses_grants; /* tokens that a person gave to an application get 403: it is let in to act, not to stay */
    bool is_public;      /* scripts of any origin may read the answer: it is the same for everybody */
    enum route_body body;
    const struct model *body_model; /* what the body may hold; NULL: there is none */
    const struct field *query;      /* what the query may hold; NULL: nothing */
    bool has_401_detail;            /* of OAuth's: 401 has `detail` too, which clients of the original API read */

    /* For the document. */
    const char *id;
    const char *tag;
    const char *summary;
    const char *description;            /* NULL: the summary is enough */
    const struct route_answer *answers; /* ended by a status of 0 */
    const enum error_kind *refusals;    /* beside those that follow from the above; ended by ERR_NONE; may be NULL */
    const char *const *headers;         /* of the request, ended by NULL; may be NULL */
};

/* True if the route needs a bearer credential; false without a route. */
static inline bool route_is_for_callers(const struct route *route)
{
    return route != NULL && route->access == ROUTE_FOR_CALLERS;
}

/* True if the route's row names the refusal. */
static inline bool route_names_refusal(const struct route *route, enum error_kind kind)
{
    for (size_t i = 0; route->refusals != NULL && route->refusals[i] != ERR_NONE; i++)
        if (route->refusals[i] == kind)
            return true;
    return false;
}

/* Ended by a NULL path. The routes of one path stand together. */
extern const struct route routes[];

#endif
