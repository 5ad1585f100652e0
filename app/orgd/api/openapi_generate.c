/* Writes docs/openapi.json. Makes paths and schemas of the route table and the tables of fields, and puts them into a
 * frame with everything that no table says: servers, security schemes, headers, errors.
 *
 *     openapi_generate app/orgd/api/openapi_frame.json >docs/openapi.json */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http/routes.h"
#include "openapi_schema.h"

#define STATUS_END 600

/* What each kind of refusal means to a client, and the response's name in the document; one status may have several. */
static const struct {
    enum error_kind kind;
    const char *response;
    const char *sentence;
} refusals[] = {
    {ERR_UNAUTHORIZED, "Unauthorized", "no, malformed, expired, revoked or unknown credential."},
    {ERR_FORBIDDEN, "Forbidden", "the caller may see it but not do this."},
    {ERR_LIMIT, "Forbidden", "the owner owns as many as allowed."},
    {ERR_NOT_FOUND, "NotFound", "it does not exist, or the caller may not see it."},
    {ERR_TOO_SLOW, "RequestTimeout", "the body did not arrive within transfer_timeout."},
    {ERR_EXISTS, "Conflict", "name or id taken."},
    {ERR_PRECONDITION, "PreconditionFailed", "If-Match does not match."},
    {ERR_TOO_LARGE, "ContentTooLarge", "the body is larger than max_body."},
    {ERR_MEDIA_TYPE, "UnsupportedMediaType", "another Content-Type is needed."},
    {ERR_VALIDATION, "Unprocessable", NULL},
    {ERR_UNAVAILABLE, "Unavailable", "the database does not answer; nothing was changed."},
};

static json_t *document;

/* Responses */

static json_t *content_of(const char *media_type, json_t *schema)
{
    return json_pack("{s:{s:o}}", media_type, "schema", schema);
}

static json_t *response_of(const char *description, json_t *content)
{
    json_t *response = json_pack("{s:s, s:{s:o}}", "description", description, "headers", "X-Request-Id",
                                 schema_reference("headers", "X-Request-Id"));

    if (content != NULL)
        json_object_set_new(response, "content", content);
    return response;
}

static void add_header(json_t *response, const char *name)
{
    json_object_set_new(json_object_get(response, "headers"), name, schema_reference("headers", name));
}

static json_t *content_of_answer(const struct route_answer *answer)
{
    json_t *schema;

    if (answer->flags & ANSWER_EMPTY)
        return NULL;
    if (answer->model == NULL)
        return content_of("text/html", json_pack("{s:s}", "type", "string"));
    schema = schema_of_model(answer->model);
    if (answer->flags & ANSWER_LIST)
        schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
    return content_of("application/json", schema);
}

static json_t *response_of_answer(const struct route_answer *answer)
{
    static const struct {
        unsigned flag;
        const char *name;
    } headers[] = {
        {ANSWER_PAGE, "Link"},         {ANSWER_PAGE, "X-Total-Count"},      {ANSWER_ETAG, "ETag"},
        {ANSWER_LOCATION, "Location"}, {ANSWER_RETRY_AFTER, "Retry-After"},
    };
    json_t *response = response_of(answer->description, content_of_answer(answer));

    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++)
        if (answer->flags & headers[i].flag)
            add_header(response, headers[i].name);
    return response;
}

/* Collects the sentences of all refusals that have one response's name. */
static json_t *describe_refusals(const char *name)
{
    json_t *text = json_string("");

    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        const char *so_far = json_string_value(text);

        if (strcmp(refusals[i].response, name) != 0)
            continue;
        json_t *longer = refusals[i].sentence == NULL
                             ? json_string("All faults of the input.")
                             : json_sprintf("%s%s%s: %s", so_far, so_far[0] == '\0' ? "" : " ",
                                            error_name(refusals[i].kind), refusals[i].sentence);
        json_decref(text);
        text = longer;
    }
    return text;
}

static json_t *shared_response(enum error_kind kind, const char *name)
{
    const char *model = kind == ERR_VALIDATION ? "ValidationError" : "Error";

    if (json_object_get(schema_component("responses"), name) == NULL) {
        json_t *description = describe_refusals(name);
        json_t *response = response_of(json_string_value(description),
                                       content_of("application/json", schema_reference("schemas", model)));

        if (kind == ERR_UNAUTHORIZED)
            add_header(response, "WWW-Authenticate");
        if (kind == ERR_UNAVAILABLE)
            add_header(response, "Retry-After");
        json_object_set_new(schema_component("responses"), name, response);
        json_decref(description);
    }
    return schema_reference("responses", name);
}

/* Adds the responses of one operation, by status. If one is already there, it is more special, and stays. */
static void set_response(json_t *responses[STATUS_END], int status, json_t *response)
{
    if (responses[status] == NULL)
        responses[status] = response;
    else
        json_decref(response);
}

static void add_refusal(json_t *responses[STATUS_END], enum error_kind kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        if (refusals[i].kind == kind)
            set_response(responses, error_status(kind), shared_response(kind, refusals[i].response));
}

static void add_page(json_t *responses[STATUS_END], enum error_kind kind, const char *description)
{
    set_response(responses, error_status(kind),
                 response_of_answer(&(struct route_answer){error_status(kind), description, NULL, 0}));
}

static void add_page_refusals(json_t *responses[STATUS_END], const struct route *route)
{
    add_page(responses, ERR_UNAVAILABLE, "The database does not answer.");
    if (route->body == ROUTE_NO_BODY)
        return;
    add_page(responses, ERR_STALE_FORM, "The form is out of date or forged.");
    add_page(responses, ERR_TOO_SLOW, "The form did not arrive in time.");
    add_page(responses, ERR_TOO_LARGE, "The form is too large.");
    add_page(responses, ERR_MEDIA_TYPE, "Not a form.");
}

static void add_client_refusals(json_t *responses[STATUS_END])
{
    json_t *unknown = response_of("The client is unknown, or its secret is wrong.",
                                  content_of("application/json", schema_reference("schemas", "OAuthError")));

    add_header(unknown, "WWW-Authenticate");
    set_response(responses, error_status(ERR_INVALID_CLIENT), unknown);
    set_response(
        responses, error_status(ERR_INVALID_REQUEST),
        response_of("RFC 6749, 5.2.", content_of("application/json", schema_reference("schemas", "OAuthError"))));
}

static void add_implied_refusals(json_t *responses[STATUS_END], const struct route *route)
{
    if (route->access == ROUTE_FOR_CALLERS)
        add_refusal(responses, ERR_UNAUTHORIZED);
    if (route->access == ROUTE_FOR_CLIENTS)
        add_client_refusals(responses);
    if (route->body != ROUTE_NO_BODY) {
        add_refusal(responses, ERR_TOO_SLOW);
        add_refusal(responses, ERR_TOO_LARGE);
        add_refusal(responses, ERR_MEDIA_TYPE);
    }
    if (route->body == ROUTE_JSON_BODY || (route->query != NULL && route->access == ROUTE_FOR_CALLERS))
        add_refusal(responses, ERR_VALIDATION);
    if (route->access != ROUTE_FOR_ANYONE)
        add_refusal(responses, ERR_UNAVAILABLE);
}

static json_t *responses_of(const struct route *route)
{
    json_t *by_status[STATUS_END] = {NULL};
    json_t *responses = json_object();

    for (const struct route_answer *answer = route->answers; answer->status != 0; answer++)
        set_response(by_status, answer->status, response_of_answer(answer));
    if (route->access == ROUTE_FOR_PEOPLE)
        add_page_refusals(by_status, route);
    else
        add_implied_refusals(by_status, route);
    for (size_t i = 0; route->refusals != NULL && route->refusals[i] != ERR_NONE; i++)
        add_refusal(by_status, route->refusals[i]);
    for (int status = 0; status < STATUS_END; status++) {
        char key[8];

        snprintf(key, sizeof(key), "%d", status);
        if (by_status[status] != NULL)
            json_object_set_new(responses, key, by_status[status]);
    }
    return responses;
}

/* Operations */

static json_t *query_parameter(const struct field *field)
{
    json_t *parameter = json_pack("{s:s, s:s}", "name", field->name, "in", "query");

    if (field->flags & FIELD_REQUIRED)
        json_object_set_new(parameter, "required", json_true());
    schema_set_text(parameter, "description", field->description);
    json_object_set_new(parameter, "schema", schema_of_field(field));
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

    return json_pack("{s:b, s:o}", "required", true, "content",
                     content_of(media_type, schema_of_model(route->body_model)));
}

/* Callers choose one of the schemes. */
static json_t *security_of(const struct route *route)
{
    json_t *security = json_array();
    const char *scheme;
    json_t *value;

    if (route->access != ROUTE_FOR_CALLERS)
        return security;
    json_object_foreach(schema_component("securitySchemes"), scheme, value)
    {
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
    json_object_set_new(operation, "responses", responses_of(route));
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
