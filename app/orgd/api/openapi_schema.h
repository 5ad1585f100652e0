/* Makes JSON Schema (2020-12, as in OpenAPI 3.1) of models and tables of fields, for openapi_generate.c only. The
 * caller owns everything that is returned.
 *
 *     schema_begin(json_object_get(document, "components"));
 *     json_object_set_new(media_type, "schema", schema_of_model(&organization_model)); */
#ifndef ORGD_OPENAPI_SCHEMA_H
#define ORGD_OPENAPI_SCHEMA_H

#include <jansson.h>

#include "web/fields.h"

/* Sets where components go: the document's object of that name, borrowed. */
void schema_begin(json_t *components);

/* Returns the components of one kind, such as "schemas", borrowed. */
json_t *schema_component(const char *kind);

/* Makes a reference to a component. */
json_t *schema_reference(const char *kind, const char *name);

/* Makes the schema of a model. A model with a name becomes a component when it first occurs, and this a reference to
 * it. */
json_t *schema_of_model(const struct model *model);

json_t *schema_of_field(const struct field *field);

/* Reads the JSON text of an example. NULL gives NULL. Aborts if it is none. */
json_t *schema_example(const char *text);

/* Sets a member to a text. NULL leaves the member out. */
void schema_set_text(json_t *object, const char *key, const char *text);

#endif
