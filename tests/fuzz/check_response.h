/* What holds for every response, whatever the request was. A breach aborts. */
#ifndef ORGD_CHECK_RESPONSE_H
#define ORGD_CHECK_RESPONSE_H

#include "base/base.h"

struct checked_request {
    struct text sent;  /* all that the client sent: it may come back */
    const char *mount; /* where answers may redirect to, besides the world's clients */
    bool is_head;
};

/* A whole response as CGI output. */
void check_response(const struct checked_request *request, struct text response);

/* Lines of the log: JSON each, without secrets. `shown` is what a log may hold of the request. */
void check_log(struct text shown, struct text lines);

#endif
