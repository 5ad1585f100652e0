#include "openapi_client_refusals.h"

#include "openapi_schema.h"

static json_t *oauth_example(enum error_kind kind, const char *sentence, bool has_detail)
{
    json_t *value = json_pack("{s:s, s:s}", "error", error_oauth_code(kind), "error_description", sentence);

    if (has_detail)
        json_object_set_new(value, "detail", json_pack("[s, s]", error_name(kind), sentence));
    return json_pack("{s:o}", "value", value);
}

/* Adds a response, or to one that is there another example: of 400 there are many. */
static void add_client_refusal(json_t *responses[OPENAPI_STATUS_END], const struct route *route, enum error_kind kind,
                               const char *sentence)
{
    int status = error_status(kind);
    bool has_detail = status == 401 && route->has_401_detail;
    json_t *examples = json_object();

    if (responses[status] == NULL) {
        json_t *schema = schema_reference("schemas", has_detail ? "LoginError" : "OAuthError");

        responses[status] = openapi_response_of(status == 400 ? "RFC 6749, 5.2, and the grants' own RFCs." : sentence,
                                                openapi_content_with(schema, examples));
        openapi_add_headers(responses[status], kind);
    } else {
        json_decref(examples);
        examples = json_object_get(json_object_get(json_object_get(responses[status], "content"), "application/json"),
                                   "examples");
    }
    json_object_set_new(examples, error_oauth_code(kind), oauth_example(kind, sentence, has_detail));
}

void openapi_add_client_refusals(json_t *responses[OPENAPI_STATUS_END], const struct route *route)
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
        if (!of_clients[i].is_named || route_names_refusal(route, of_clients[i].kind))
            add_client_refusal(responses, route, of_clients[i].kind, of_clients[i].sentence);
}
