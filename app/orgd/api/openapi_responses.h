/* What an operation answers, for openapi_generate.c only: the answers and refusals of its route, with examples. The
 * caller owns what is returned. */
#ifndef ORGD_OPENAPI_RESPONSES_H
#define ORGD_OPENAPI_RESPONSES_H

#include <jansson.h>

#include "http/routes.h"

/* Makes the responses of a route, by status. What routes share becomes a component. */
json_t *openapi_responses(const struct route *route);

/* Makes the content of a body. Takes over `schema` and `example`, which may be NULL. */
json_t *openapi_content(const char *media_type, json_t *schema, json_t *example);

#endif
