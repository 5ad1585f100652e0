#include "openapi_refusals.h"

#include <string.h>

#include "openapi_client_refusals.h"
#include "openapi_schema.h"

enum routes_of_refusal { OF_ALL, OF_REPEATABLE, OF_OTHERS };

/* What each kind of refusal means to a client, and the response's name in the document; one status may have several. */
static const struct refusal {
    enum error_kind kind;
    const char *response;
    const char *sentence;
    const char *example;          /* what the second member of `detail` says */
    enum routes_of_refusal where; /* of those that take an Idempotency-Key, or of all others */
} refusals[] = {
    {ERR_UNAUTHORIZED, "Unauthorized", "no, malformed, expired, revoked or unknown credential.",
     "This needs a valid credential in the Authorization header.", OF_ALL},
    {ERR_FORBIDDEN, "Forbidden", "the caller may see it but not do this.", "You may not change this organization.",
     OF_ALL},
    {ERR_LIMIT, "Forbidden", "the owner owns as many as allowed.",
     "The owner already owns as many organizations as allowed.", OF_ALL},
    {ERR_NOT_FOUND, "NotFound", "it does not exist, or the caller may not see it.", "There is no such organization.",
     OF_ALL},
    {ERR_METHOD, "MethodNotAllowed", "the path does not take this method; Allow names those that it takes.",
     "This path takes only GET, HEAD, OPTIONS.", OF_ALL},
    {ERR_TOO_SLOW, "RequestTimeout", "the body did not arrive within transfer_timeout.",
     "The request body did not arrive in time.", OF_ALL},
    {ERR_EXISTS, "Conflict", "name or id taken.", "An organization with this name exists already.", OF_OTHERS},
    {ERR_PRECONDITION, "PreconditionFailed", "If-Match or If-None-Match does not hold.",
     "The organization is not in the state that If-Match or If-None-Match asks for; read it again.", OF_ALL},
    {ERR_TOO_LARGE, "ContentTooLarge", "the body is larger than max_body.",
     "The request body is larger than the 65536 bytes allowed here.", OF_ALL},
    {ERR_MEDIA_TYPE, "UnsupportedMediaType", "another Content-Type, or none of a Content-Encoding, is needed.",
     "Send the body as Content-Type: application/json.", OF_ALL},
    {ERR_VALIDATION, "Unprocessable", NULL, NULL, OF_OTHERS},
    {ERR_BAD_HEADER, "BadRequest", "the Idempotency-Key is malformed.",
     "Send an Idempotency-Key of 1 to 255 visible ASCII characters.", OF_REPEATABLE},
    {ERR_EXISTS, "CreationConflict", "name or id taken.", "An organization with this name exists already.",
     OF_REPEATABLE},
    {ERR_IN_PROGRESS, "CreationConflict", "the first request with this Idempotency-Key is still being processed.",
     "The first request with this Idempotency-Key is still being processed.", OF_REPEATABLE},
    {ERR_VALIDATION, "CreationUnprocessable", NULL, NULL, OF_REPEATABLE},
    {ERR_KEY_REUSED, "CreationUnprocessable", "the Idempotency-Key was sent with another request before.",
     "This Idempotency-Key was sent with another request before; choose a new one.", OF_REPEATABLE},
    {ERR_TOO_MANY, "TooManyRequests",
     "too many large answers wait for readers that are slow, or the account has sent a thousand requests with an "
     "Idempotency-Key within a day.",
     "Too many large answers are on their way to slow readers; try again soon.", OF_ALL},
    {ERR_UNAVAILABLE, "Unavailable", "the database does not answer; nothing was changed.",
     "The database is not available at the moment; nothing was changed. Try again later.", OF_ALL},
    {ERR_INTERNAL, "Internal", "a bug, or an outcome that is unknown; the message says which.",
     "Something went wrong here.", OF_ALL},
};

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

#define VALIDATION_EXAMPLE                                                                                             \
    "{\"detail\":[{\"type\":\"string_too_short\",\"loc\":[\"body\",\"name\"],"                                         \
    "\"msg\":\"String should have at least 1 character\",\"input\":\"\",\"ctx\":{\"min_length\":1}},"                  \
    "{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"limit\"],"                                                     \
    "\"msg\":\"Input should be less than or equal to 1000\",\"input\":\"5000\",\"ctx\":{\"le\":1000}}]}"

/* An example for each refusal that has the response's name. */
static json_t *examples_of(const char *name)
{
    json_t *examples = json_object();

    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        const char *error = error_name(refusals[i].kind);
        json_t *value;

        if (strcmp(refusals[i].response, name) != 0)
            continue;
        value = refusals[i].example == NULL ? schema_example(VALIDATION_EXAMPLE)
                                            : json_pack("{s:[s, s]}", "detail", error, refusals[i].example);
        json_object_set_new(examples, error, json_pack("{s:o}", "value", value));
    }
    return examples;
}

/* A list of faults, a sentence, or either. */
static json_t *schema_of_refusals(const char *name)
{
    bool has_faults = false;
    bool has_sentence = false;

    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        if (strcmp(refusals[i].response, name) != 0)
            continue;
        has_faults = has_faults || refusals[i].sentence == NULL;
        has_sentence = has_sentence || refusals[i].sentence != NULL;
    }
    if (has_faults && has_sentence)
        return json_pack("{s:[o, o]}", "anyOf", schema_reference("schemas", "ValidationError"),
                         schema_reference("schemas", "Error"));
    return schema_reference("schemas", has_faults ? "ValidationError" : "Error");
}

static json_t *shared_response(enum error_kind kind, const char *name)
{
    if (json_object_get(schema_component("responses"), name) == NULL) {
        json_t *description = describe_refusals(name);
        json_t *response = openapi_response_of(json_string_value(description),
                                               openapi_content_with(schema_of_refusals(name), examples_of(name)));

        openapi_add_headers(response, kind);
        json_object_set_new(schema_component("responses"), name, response);
        json_decref(description);
    }
    return schema_reference("responses", name);
}

/* A route that takes an Idempotency-Key names this one. */
static bool is_of_route(const struct refusal *refusal, const struct route *route)
{
    return refusal->where == OF_ALL || (refusal->where == OF_REPEATABLE) == route_names_refusal(route, ERR_KEY_REUSED);
}

static void add_refusal(json_t *responses[OPENAPI_STATUS_END], const struct route *route, enum error_kind kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        if (refusals[i].kind == kind && is_of_route(&refusals[i], route))
            openapi_set_response(responses, error_status(kind), shared_response(kind, refusals[i].response));
}

static void add_page(json_t *responses[OPENAPI_STATUS_END], enum error_kind kind, const char *description)
{
    json_t *response = openapi_response_of(description, openapi_content_of_page());

    openapi_add_headers(response, kind);
    openapi_set_response(responses, error_status(kind), response);
}

static void add_page_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route)
{
    add_page(responses, ERR_UNAVAILABLE, "The database does not answer.");
    add_page(responses, ERR_METHOD, "The path does not take this method.");
    add_page(responses, ERR_INTERNAL, "A bug, or an outcome that is unknown.");
    if (route->body == ROUTE_NO_BODY)
        return;
    add_page(responses, ERR_STALE_FORM, "The form is out of date or forged.");
    add_page(responses, ERR_TOO_SLOW, "The form did not arrive in time.");
    add_page(responses, ERR_TOO_LARGE, "The form is too large.");
    add_page(responses, ERR_MEDIA_TYPE, "Not a form.");
}

static void add_implied_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route)
{
    if (route->access == ROUTE_FOR_CALLERS || route->access == ROUTE_FOR_MONITORS)
        add_refusal(responses, route, ERR_UNAUTHORIZED);
    if (route->body != ROUTE_NO_BODY) {
        add_refusal(responses, route, ERR_TOO_SLOW);
        add_refusal(responses, route, ERR_TOO_LARGE);
        add_refusal(responses, route, ERR_MEDIA_TYPE);
    }
    if (route->body == ROUTE_JSON_BODY || (route->query != NULL && route->access == ROUTE_FOR_CALLERS))
        add_refusal(responses, route, ERR_VALIDATION);
    if (route->access != ROUTE_FOR_ANYONE)
        add_refusal(responses, route, ERR_UNAVAILABLE);
    add_refusal(responses, route, ERR_METHOD);
    add_refusal(responses, route, ERR_INTERNAL);
}

void openapi_add_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route)
{
    if (route->access == ROUTE_FOR_CLIENTS) {
        openapi_add_client_refusals(responses, route);
        return;
    }
    if (route->access == ROUTE_FOR_PEOPLE)
        add_page_refusals(responses, route);
    else
        add_implied_refusals(responses, route);
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        if (route_names_refusal(route, refusals[i].kind))
            add_refusal(responses, route, refusals[i].kind);
}
