/* JSON Schema (2020-12, as OpenAPI 3.1 has it) out of models and tables of fields, for openapi_generate.c alone. All
 * that is returned is the caller's.
 *
 *     schema_begin(json_object_get(document, "components"));
 *     json_object_set_new(media_type, "schema", schema_of_model(&org_model));
 */
#ifndef ORGD_OPENAPI_SCHEMA_H
#define ORGD_OPENAPI_SCHEMA_H

#include <jansson.h>

#include "web/fields.h"

/* Says where components go: the document's object of that name, borrowed. */
void schema_begin(json_t *components);

/* The components of one kind, such as "schemas", borrowed. */
json_t *schema_component(const char *kind);

/* A reference to a component. */
json_t *schema_reference(const char *kind, const char *name);

/* A model with a name becomes a component where it is first met, and a reference to it. */
json_t *schema_of_model(const struct model *model);

json_t *schema_of_field(const struct field *field);

/* Sets a member to a text; NULL: leaves it out. */
void schema_set_text(json_t *object, const char *key, const char *text);

#endif
