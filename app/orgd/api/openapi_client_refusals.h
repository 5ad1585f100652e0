/* Refusals of OAuth's endpoints, which all have the same form (RFC 6749, 5.2), for openapi_refusals.c only. */
#ifndef ORGD_OPENAPI_CLIENT_REFUSALS_H
#define ORGD_OPENAPI_CLIENT_REFUSALS_H

#include "openapi_response.h"

void openapi_add_client_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route);

#endif
