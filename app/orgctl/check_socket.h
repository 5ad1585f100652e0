/* Speaks FastCGI to the socket of a pool, as a web server would. */
#ifndef ORGCTL_CHECK_SOCKET_H
#define ORGCTL_CHECK_SOCKET_H

#include "base/base.h"

enum socket_result {
    SOCKET_ANSWERS,
    SOCKET_IS_CLOSED, /* nobody listens there; errno says why */
    SOCKET_FORBIDS,   /* we may not write to it */
    SOCKET_IS_SLOW,   /* somebody listens, and does not answer */
    SOCKET_IS_STRANGE /* somebody answers who is not orgd */
};

/* Asks whoever serves `address` ("unix:PATH" or "HOST:PORT") for GET `path`, with the gateway_secret, which may be "".
 * `status` gets the answer's. */
enum socket_result check_socket_ask(const char *address, const char *path, const char *secret, int *status);

#endif
