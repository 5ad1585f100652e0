/* Serves the request of a connection: libfcgi reads its head, dispatch() makes the answer. Nothing here waits. */
#ifndef ORGD_SERVING_H
#define ORGD_SERVING_H

#include <fcgiapp.h>

#include "connections.h"
#include "http/service.h"

struct serving {
    struct service service;
    FCGX_Request request;
    int head_fd; /* for the heads of requests that came in pieces; -1: not open */
};

/* Prepares libfcgi. The service must be open. */
int serving_open(struct serving *serving) NODISCARD;
void serving_close(struct serving *serving);

/* Takes the answer, which is in `service.out`, after dispatch() and before the access line is written. */
typedef void serving_answer(void *handle, struct connection *connection);

/* Serves the request that is all there in the socket, or, if it came in pieces, in `connection->input`. If not all of
 * its body came, whoever reads that learns that it did not come in time. Sets `output`, `is_kept` and `stream` of the
 * connection and calls `answer`. Returns -1 if that was no request. */
int serving_serve(struct serving *serving, struct connection *connection, serving_answer *answer,
                  void *handle) NODISCARD;

/* Makes the next part of a stream: its state says what is in `service.out` now. */
void serving_go_on(struct serving *serving, struct stream *stream);

#endif
