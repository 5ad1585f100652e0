/* Writes docs/openapi.json. Makes paths and schemas of the route table and the tables of fields, and puts them into a
 * frame with everything that no table says: servers, security schemes, headers, errors.
 *
 *     openapi_generate app/orgd/api/openapi_frame.json >docs/openapi.json */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "openapi_responses.h"
#include "openapi_schema.h"

static json_t *document;

/* Operations */

static json_t *query_parameter(const struct field *field)
{
    json_t *parameter = json_pack("{s:s, s:s}", "name", field->name, "in", "query");

    if (field->flags & FIELD_REQUIRED)
        json_object_set_new(parameter, "required", json_true());
    schema_set_text(parameter, "description", field->description);
    json_object_set_new(parameter, "schema", schema_of_field(field));
    if (field->example != NULL)
        json_object_set_new(parameter, "example", schema_example(field->example));
    return parameter;
}

static json_t *parameters_of(const struct route *route)
{
    json_t *parameters = json_array();

    for (const struct field *field = route->query; field != NULL && field->name != NULL; field++)
        json_array_append_new(parameters, query_parameter(field));
    for (size_t i = 0; route->headers != NULL && route->headers[i] != NULL; i++)
        json_array_append_new(parameters, schema_reference("parameters", route->headers[i]));
    return parameters;
}

static json_t *body_of(const struct route *route)
{
    const char *media_type = route->body == ROUTE_JSON_BODY ? "application/json" : "application/x-www-form-urlencoded";

    return json_pack(
        "{s:b, s:o}", "required", true, "content",
        openapi_content(media_type, schema_of_model(route->body_model), schema_example(route->body_model->example)));
}

#define SCHEME_OF_MONITORS "MetricsToken"

/* Callers choose one of the schemes but that of monitoring systems. */
static json_t *security_of(const struct route *route)
{
    json_t *security = json_array();
    const char *scheme;
    json_t *value;

    if (route->access != ROUTE_FOR_CALLERS && route->access != ROUTE_FOR_MONITORS)
        return security;
    json_object_foreach(schema_component("securitySchemes"), scheme, value)
    {
        if ((strcmp(scheme, SCHEME_OF_MONITORS) == 0) == (route->access == ROUTE_FOR_MONITORS))
            json_array_append_new(security, json_pack("{s:[]}", scheme));
    }
    return security;
}

static json_t *operation_of(const struct route *route)
{
    json_t *operation =
        json_pack("{s:[s], s:s, s:s}", "tags", route->tag, "operationId", route->id, "summary", route->summary);
    json_t *parameters = parameters_of(route);

    schema_set_text(operation, "description", route->description);
    json_object_set_new(operation, "security", security_of(route));
    if (json_array_size(parameters) > 0)
        json_object_set(operation, "parameters", parameters);
    if (route->body_model != NULL)
        json_object_set_new(operation, "requestBody", body_of(route));
    json_object_set_new(operation, "responses", openapi_responses(route));
    json_decref(parameters);
    return operation;
}

/* Adds the parameters of a path: components of the same names. */
static json_t *path_item(const char *path)
{
    json_t *item = json_object();
    json_t *parameters = json_array();
    const char *end;

    for (const char *at = path; (at = strchr(at, '{')) != NULL && (end = strchr(at, '}')) != NULL; at = end) {
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)(end - at - 1), at + 1);
        json_array_append_new(parameters, schema_reference("parameters", name));
    }
    if (json_array_size(parameters) > 0)
        json_object_set(item, "parameters", parameters);
    json_decref(parameters);
    return item;
}

static void add_route(json_t *paths, const struct route *route)
{
    static const char *const methods[] = {
        [HTTP_GET] = "get", [HTTP_POST] = "post", [HTTP_PUT] = "put", [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete"};

    /* The dispatcher finds the routes of a path side by side. */
    assert(json_object_get(paths, route->path) == NULL || strcmp(route[-1].path, route->path) == 0);
    if (json_object_get(paths, route->path) == NULL)
        json_object_set_new(paths, route->path, path_item(route->path));
    json_object_set_new(json_object_get(paths, route->path), methods[route->method], operation_of(route));
}

/* The frame, with places for what is added in the order in which people read. */
static int open_document(const char *frame)
{
    json_error_t fault;
    json_t *components;

    document = json_load_file(frame, JSON_REJECT_DUPLICATES, &fault);
    if (document == NULL) {
        fprintf(stderr, "%s:%d: %s\n", frame, fault.line, fault.text);
        return -1;
    }
    json_object_set_new(json_object_get(document, "info"), "version", json_string(PACKAGE_VERSION));
    components = json_incref(json_object_get(document, "components"));
    json_object_del(document, "components");
    json_object_set_new(document, "paths", json_object());
    json_object_set_new(document, "components", components);
    schema_begin(components);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 || open_document(argv[1]) < 0) {
        fprintf(stderr, "usage: openapi_generate app/orgd/api/openapi_frame.json\n");
        return 2;
    }
    for (const struct route *route = routes; route->path != NULL; route++)
        add_route(json_object_get(document, "paths"), route);
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(document);
    return 0;
}
