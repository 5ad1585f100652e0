/* The id of a request in the log and in the answer (X-Request-Id). */
#ifndef ORGD_REQUEST_ID_H
#define ORGD_REQUEST_ID_H

#include "base/timestamp.h"
#include "web/http_request.h"

#define REQUEST_ID_MAX 64

/* Takes the client's own id if it is 1 to REQUEST_ID_MAX of [A-Za-z0-9._-], else makes a new UUID. */
void request_id_choose(const struct http_request *request, struct timestamp now, char out[REQUEST_ID_MAX + 1]);

#endif
