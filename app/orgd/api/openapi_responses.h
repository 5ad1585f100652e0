/* What an operation answers, for openapi_generate.c only: the answers and refusals of its route, with examples. The
 * caller owns what is returned. */
#ifndef ORGD_OPENAPI_RESPONSES_H
#define ORGD_OPENAPI_RESPONSES_H

#include "openapi_response.h"

/* Makes the responses of a route, by status. What routes share becomes a component. */
json_t *openapi_responses(const struct route *route);

#endif
