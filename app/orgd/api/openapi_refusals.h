/* How a route refuses, for openapi_responses.c only. */
#ifndef ORGD_OPENAPI_REFUSALS_H
#define ORGD_OPENAPI_REFUSALS_H

#include "openapi_response.h"

/* Adds the refusals of a route: those that follow from its row, and those that it names. What routes share becomes a
 * component. */
void openapi_add_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route);

#endif
