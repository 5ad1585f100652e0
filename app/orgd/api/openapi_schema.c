#include "openapi_schema.h"

#include <stdlib.h>
#include <string.h>

#include "http/models.h"

/* The document's components. */
static json_t *all;

void schema_begin(json_t *components)
{
    all = components;
}

json_t *schema_component(const char *kind)
{
    if (json_object_get(all, kind) == NULL)
        json_object_set_new(all, kind, json_object());
    return json_object_get(all, kind);
}

json_t *schema_reference(const char *kind, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

json_t *schema_example(const char *text)
{
    json_t *value = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

    if (text != NULL && value == NULL)
        abort();
    return value;
}

void schema_set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

static void set_bounds(json_t *schema, const struct field *field, const char *minimum, const char *maximum)
{
    if (field->minimum != 0)
        json_object_set_new(schema, minimum, json_integer(field->minimum));
    if (field->maximum != 0 && field->maximum != FIELD_UNBOUNDED)
        json_object_set_new(schema, maximum, json_integer(field->maximum));
}

static void set_values(json_t *schema, const struct field *field)
{
    json_t *values = json_array();

    for (size_t i = 0; field->values != NULL && field->values[i] != NULL; i++)
        json_array_append_new(values, field->type == FIELD_BOOL ? json_boolean(strcmp(field->values[i], "true") == 0)
                                                                : json_string(field->values[i]));
    if (json_array_size(values) == 1)
        json_object_set(schema, "const", json_array_get(values, 0));
    else if (json_array_size(values) > 1)
        json_object_set(schema, "enum", values);
    json_decref(values);
}

static json_t *schema_of_text(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "string");

    set_bounds(schema, field, "minLength", "maxLength");
    schema_set_text(schema, "pattern", field->pattern);
    return schema;
}

static json_t *schema_of_url(const struct field *field)
{
    json_t *schema = json_pack("{s:s, s:s}", "type", "string", "format", "uri");

    set_bounds(schema, field, "minLength", "maxLength");
    schema_set_text(schema, "description", "Absolute, http or https.");
    return schema;
}

/* A maximum means that the field has bounds, so its minimum may be 0. */
static json_t *schema_of_int(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "integer");

    if (field->maximum != 0)
        json_object_set_new(schema, "minimum", json_integer(field->minimum));
    if (field->maximum != 0 && field->maximum != FIELD_UNBOUNDED)
        json_object_set_new(schema, "maximum", json_integer(field->maximum));
    if (field->flags & FIELD_HAS_DEFAULT)
        json_object_set_new(schema, "default", json_integer(field->default_value));
    return schema;
}

static json_t *schema_of_bool(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "boolean");

    if (field->flags & FIELD_HAS_DEFAULT)
        json_object_set_new(schema, "default", json_boolean(field->default_value != 0));
    return schema;
}

static json_t *schema_of_list(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "array");

    set_bounds(schema, field, "minItems", "maxItems");
    json_object_set_new(schema, "items",
                        field->items == NULL ? json_pack("{s:s}", "type", "string") : schema_of_model(field->items));
    return schema;
}

static json_t *schema_of_type(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return schema_of_text(field);
    case FIELD_URL:
        return schema_of_url(field);
    case FIELD_ID:
        return json_pack("{s:s, s:s}", "type", "string", "format", "uuid");
    case FIELD_INT:
        return schema_of_int(field);
    case FIELD_BOOL:
        return schema_of_bool(field);
    case FIELD_LIST:
        return schema_of_list(field);
    case FIELD_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case FIELD_OBJECT:
        return field->items == NULL ? schema_of_model(&object_model) : schema_of_model(field->items);
    }
    abort();
}

json_t *schema_of_field(const struct field *field)
{
    json_t *schema = schema_of_type(field);

    set_values(schema, field);
    if (field->flags & (FIELD_NULLABLE | FIELD_NULL_IS_ABSENT))
        schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    return schema;
}

static json_t *schema_of_object(const struct model *model)
{
    json_t *schema = json_pack("{s:s}", "type", "object");
    json_t *properties = json_object();
    json_t *required = json_array();

    schema_set_text(schema, "title", model->name);
    for (const struct field *field = model->fields; field->name != NULL; field++) {
        json_t *property = schema_of_field(field);

        schema_set_text(property, "description", field->description);
        json_object_set_new(properties, field->name, property);
        if (field->flags & FIELD_REQUIRED)
            json_array_append_new(required, json_string(field->name));
    }
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_object_set_new(schema, "properties", properties);
    json_decref(required);
    return schema;
}

json_t *schema_of_model(const struct model *model)
{
    if (model == &object_model)
        return json_pack("{s:s, s:b}", "type", "object", "additionalProperties", true);
    if (model == &null_model)
        return json_pack("{s:s}", "type", "null");
    if (model == &id_model)
        return json_pack("{s:s, s:s}", "type", "string", "format", "uuid");
    if (model->name == NULL)
        return schema_of_object(model);
    if (json_object_get(schema_component("schemas"), model->name) == NULL) {
        json_t *schema = schema_of_object(model);

        json_object_set_new(schema_component("schemas"), model->name, schema);
    }
    return schema_reference("schemas", model->name);
}
