/* What an authorization request may be like (RFC 6749, 4.1.1). handlers.h has the handlers. */
#ifndef ORGD_AUTHORIZE_H
#define ORGD_AUTHORIZE_H

#define AUTHORIZE_STATE_BYTES_MAX 1024   /* of the parameter `state` */
#define AUTHORIZE_REQUEST_BYTES_MAX 7000 /* of the whole query */

#endif
