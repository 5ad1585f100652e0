#include "openapi_responses.h"

#include <stdio.h>
#include <string.h>

#include "openapi_schema.h"

#define STATUS_END 600

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

/* Responses */

json_t *openapi_content(const char *media_type, json_t *schema, json_t *example)
{
    return json_pack("{s:{s:o, s:o*}}", media_type, "schema", schema, "example", example);
}

/* Content with an example for each name. */
static json_t *content_with(json_t *schema, json_t *examples)
{
    return json_pack("{s:{s:o, s:o}}", "application/json", "schema", schema, "examples", examples);
}

static json_t *content_of_page(void)
{
    return openapi_content("text/html", json_pack("{s:s}", "type", "string"), json_string("<!DOCTYPE html>…"));
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
    json_t *example;
    json_t *content;

    if (answer->flags & ANSWER_EMPTY)
        return NULL;
    if (answer->model == NULL)
        return content_of_page();
    schema = schema_of_model(answer->model);
    example = schema_example(answer->model->example);
    if (answer->flags & ANSWER_LIST) {
        schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
        example = json_pack("[o]", example);
    }
    content = openapi_content("application/json", schema, example);
    if (answer->flags & ANSWER_OR_PAGE)
        json_object_update_new(content, content_of_page());
    return content;
}

static json_t *response_of_answer(const struct route_answer *answer)
{
    static const struct {
        unsigned flag;
        const char *name;
    } headers[] = {
        {ANSWER_PAGE, "Link"},
        {ANSWER_PAGE, "X-Total-Count"},
        {ANSWER_ETAG, "ETag"},
        {ANSWER_LOCATION, "Location"},
        {ANSWER_CONTENT_LOCATION, "Content-Location"},
        {ANSWER_REPLAYED, "Idempotency-Replayed"},
        {ANSWER_RETRY_AFTER, "Retry-After"},
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

/* The headers of a refusal. */
static void add_headers(json_t *response, enum error_kind kind)
{
    if (error_status(kind) == 401)
        add_header(response, "WWW-Authenticate");
    if (kind == ERR_UNAVAILABLE || kind == ERR_TOO_MANY || kind == ERR_IN_PROGRESS)
        add_header(response, "Retry-After");
    if (kind == ERR_METHOD)
        add_header(response, "Allow");
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
        json_t *response =
            response_of(json_string_value(description), content_with(schema_of_refusals(name), examples_of(name)));

        add_headers(response, kind);
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

static bool names_refusal(const struct route *route, enum error_kind kind)
{
    for (size_t i = 0; route->refusals != NULL && route->refusals[i] != ERR_NONE; i++)
        if (route->refusals[i] == kind)
            return true;
    return false;
}

/* A route that takes an Idempotency-Key names this one. */
static bool is_of_route(const struct refusal *refusal, const struct route *route)
{
    return refusal->where == OF_ALL || (refusal->where == OF_REPEATABLE) == names_refusal(route, ERR_KEY_REUSED);
}

static void add_refusal(json_t *responses[STATUS_END], const struct route *route, enum error_kind kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        if (refusals[i].kind == kind && is_of_route(&refusals[i], route))
            set_response(responses, error_status(kind), shared_response(kind, refusals[i].response));
}

static void add_page(json_t *responses[STATUS_END], enum error_kind kind, const char *description)
{
    json_t *response = response_of(description, content_of_page());

    add_headers(response, kind);
    set_response(responses, error_status(kind), response);
}

static void add_page_refusals(json_t *responses[STATUS_END], const struct route *route)
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

/* Refusals of OAuth's endpoints, which all have the same form (RFC 6749, 5.2). */

static json_t *oauth_example(enum error_kind kind, const char *sentence, bool has_detail)
{
    json_t *value = json_pack("{s:s, s:s}", "error", error_oauth_code(kind), "error_description", sentence);

    if (has_detail)
        json_object_set_new(value, "detail", json_pack("[s, s]", error_name(kind), sentence));
    return json_pack("{s:o}", "value", value);
}

/* Adds a response, or to one that is there another example: of 400 there are many. */
static void add_client_refusal(json_t *responses[STATUS_END], const struct route *route, enum error_kind kind,
                               const char *sentence)
{
    int status = error_status(kind);
    bool has_detail = status == 401 && route->has_401_detail;
    json_t *examples = json_object();

    if (responses[status] == NULL) {
        json_t *schema = schema_reference("schemas", has_detail ? "LoginError" : "OAuthError");

        responses[status] = response_of(status == 400 ? "RFC 6749, 5.2, and the grants' own RFCs." : sentence,
                                        content_with(schema, examples));
        add_headers(responses[status], kind);
    } else {
        json_decref(examples);
        examples = json_object_get(json_object_get(json_object_get(responses[status], "content"), "application/json"),
                                   "examples");
    }
    json_object_set_new(examples, error_oauth_code(kind), oauth_example(kind, sentence, has_detail));
}

static void add_client_refusals(json_t *responses[STATUS_END], const struct route *route)
{
    static const struct {
        enum error_kind kind;
        const char *sentence;
        bool is_named; /* by the route, if it may happen there */
    } of_clients[] = {
        {ERR_INVALID_REQUEST, "A parameter is missing, or stands there twice.", false},
        {ERR_INVALID_GRANT, "The code is unknown, expired or used, or another client's.", true},
        {ERR_UNAUTHORIZED_CLIENT, "This client may not do this.", true},
        {ERR_UNSUPPORTED_GRANT_TYPE, "This grant type is not known here.", true},
        {ERR_AUTHORIZATION_PENDING, "The person has not decided yet.", true},
        {ERR_SLOW_DOWN, "Poll less often.", true},
        {ERR_ACCESS_DENIED, "The person said no.", true},
        {ERR_EXPIRED_TOKEN, "The device code has expired.", true},
        {ERR_INVALID_CLIENT, "The client is unknown, or its secret is wrong.", false},
        {ERR_FORBIDDEN, "A page of an origin that is not in cors_origins made the browser send this; nothing was done.",
         false},
        {ERR_METHOD, "This path takes only POST, OPTIONS.", false},
        {ERR_TOO_SLOW, "The form did not arrive within transfer_timeout.", false},
        {ERR_TOO_LARGE, "The form is larger than max_body.", false},
        {ERR_MEDIA_TYPE, "Send the body as Content-Type: application/x-www-form-urlencoded.", false},
        {ERR_TOO_MANY, "There were too many requests from this address.", true},
        {ERR_INTERNAL, "Something went wrong here.", false},
        {ERR_UNAVAILABLE, "The database is not available at the moment; nothing was changed.", false},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(of_clients); i++)
        if (!of_clients[i].is_named || names_refusal(route, of_clients[i].kind))
            add_client_refusal(responses, route, of_clients[i].kind, of_clients[i].sentence);
}

static void add_implied_refusals(json_t *responses[STATUS_END], const struct route *route)
{
    if (route->access == ROUTE_FOR_CALLERS)
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

json_t *openapi_responses(const struct route *route)
{
    json_t *by_status[STATUS_END] = {NULL};
    json_t *responses = json_object();
    bool has_success = false;

    for (const struct route_answer *answer = route->answers; answer->status != 0; answer++)
        set_response(by_status, answer->status, response_of_answer(answer));
    if (route->access == ROUTE_FOR_PEOPLE)
        add_page_refusals(by_status, route);
    else if (route->access == ROUTE_FOR_CLIENTS)
        add_client_refusals(by_status, route);
    else
        add_implied_refusals(by_status, route);
    for (size_t i = 0; route->access != ROUTE_FOR_CLIENTS && i < ARRAY_LENGTH(refusals); i++)
        if (names_refusal(route, refusals[i].kind))
            add_refusal(by_status, route, refusals[i].kind);
    for (int status = 0; status < STATUS_END; status++) {
        char key[8];

        snprintf(key, sizeof(key), "%d", status);
        if (by_status[status] != NULL)
            json_object_set_new(responses, key, by_status[status]);
        has_success |= by_status[status] != NULL && status / 100 == 2;
    }
    if (!has_success) /* a form that only leads elsewhere */
        json_object_set_new(responses, "default", response_of("Any other answer is a page, too.", content_of_page()));
    return responses;
}
