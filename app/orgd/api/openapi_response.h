/* One response of the document, for openapi_responses.c and the refusals only. The caller owns what is returned. */
#ifndef ORGD_OPENAPI_RESPONSE_H
#define ORGD_OPENAPI_RESPONSE_H

#include <jansson.h>

#include "http/routes.h"

#define OPENAPI_STATUS_END 600

/* Makes the content of a body. Takes over `schema` and `example`, which may be NULL. */
json_t *openapi_content(const char *media_type, json_t *schema, json_t *example);

/* Makes content of JSON with an example for each name. Takes over both. */
json_t *openapi_content_with(json_t *schema, json_t *examples);

json_t *openapi_content_of_page(void);

/* Makes a response with the header that every response has. Takes over `content`, which may be NULL: no body. */
json_t *openapi_response_of(const char *description, json_t *content);

json_t *openapi_response_of_answer(const struct route_answer *answer);

/* Adds the headers of a refusal. */
void openapi_add_headers(json_t *response, enum error_kind kind);

/* Adds a response to those of one operation, by status. If one is already there, it is more special, and stays. Takes
 * over `response`. */
void openapi_set_response(json_t *responses[OPENAPI_STATUS_END], int status, json_t *response);

#endif
