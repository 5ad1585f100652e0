#include "base/jsonw.h"
#include "base/text.h"
#include "client_auth.h"
#include "domain/oauth/code.h"
#include "domain/oauth/device.h"
#include "domain/oauth/refresh.h"
#include "http/handlers.h"
#include "web/parameters.h"

/* Each grant type has a function that answers the request, or fails with the refusal. */
struct grant_type {
    const char *name;
    int (*answer)(const struct client_auth *auth, struct error *err);
};

/* The answer's members beside the access token (RFC 6749, 5.1, and what clients of the original API expect). A member
 * without a value is left out. There is no `scope`: this service knows none, so any that is sent counts as not sent
 * (RFC 6749, 3.3). */
struct token_answer {
    struct token_subject subject;
    const char *refresh_token;         /* NULL: none */
    const struct device_grant *device; /* NULL: not about a device */
};

static void add_device(struct buf *out, const struct device_grant *device)
{
    char id[ID_TEXT_SIZE];

    id_format(&device->device, id);
    jsonw_key(out, "device_id");
    jsonw_string(out, id);
    buf_add_literal(out, ",\"device_metadata\":{");
    jsonw_key(out, "user_agent");
    jsonw_text(out, device->user_agent);
    jsonw_key(out, "ip_address");
    jsonw_text(out, device->address);
    buf_add_char(out, '}');
}

static int answer_token(struct exchange *exchange, const struct token_answer *answer, struct error *err)
{
    struct service *service = exchange->service;
    struct buf *out = &exchange->response->body;
    struct text token;

    if (token_issue(service->keys, &service->terms, &answer->subject, exchange->call.now, service->arena, &token, err) <
        0)
        return -1;
    buf_add_literal(out, "{\"access_token\":");
    jsonw_text(out, token);
    buf_add_literal(out, ",\"token_type\":\"bearer\",\"expires_in\":");
    buf_add_int(out, service->terms.lifetime_s);
    if (answer->refresh_token != NULL) {
        jsonw_key(out, "refresh_token");
        jsonw_string(out, answer->refresh_token);
    }
    if (answer->device != NULL)
        add_device(out, answer->device);
    buf_add_char(out, '}');
    http_response_header(exchange->response, "Pragma", "no-cache");
    return 0;
}

static int answer_granted(struct exchange *exchange, const struct granted *granted, const struct device_grant *device,
                          struct error *err)
{
    struct token_answer answer = {
        .subject = {.account_id = granted->account_id,
                    .credential_id = granted->grant_id,
                    .generation = granted->generation,
                    .kind = CREDENTIAL_OF_GRANT,
                    .client_id = granted->client},
        .refresh_token = granted->refresh_token,
        .device = device,
    };

    actor_note(exchange->call.actor, &granted->account_id, &granted->grant_id);

    return answer_token(exchange, &answer, err);
}

static int refuse_missing(const char *name, struct error *err)
{
    return error_set(err, ERR_INVALID_REQUEST, "The parameter %s is missing.", name);
}

/* Reads the code or token that the grant type needs. */
static int require(const struct client_auth *auth, const char *name, struct text *out, struct error *err)
{
    *out = client_auth_credential(&auth->form, name);
    return out->data == NULL ? refuse_missing(name, err) : 0;
}

/* Client credentials: the secret is an API key or a personal access token. */

static int exchange_secret(const struct client_auth *auth, struct text secret, struct error *err)
{
    struct token_answer answer = {0};

    if (client_auth_require_account(auth, secret, &answer.subject, err) < 0)
        return -1;
    return answer_token(auth->exchange, &answer, err);
}

/* Refuses a registered client: it has no resources of its own, and acts only for people. */
static int answer_client_credentials(const struct client_auth *auth, struct error *err)
{
    struct client client;
    int found = client_auth_find(auth, &client, err);

    if (found > 0)
        return error_set(err, ERR_UNAUTHORIZED_CLIENT,
                         "This client acts for people; a program that acts for itself needs a service account.");
    if (found < 0)
        return -1;
    return exchange_secret(
        auth, auth->secret.data != NULL ? auth->secret : client_auth_credential(&auth->form, "password"), err);
}

/* Grants that people gave */

static int answer_code(const struct client_auth *auth, struct error *err)
{
    struct code_exchange exchange = {
        .redirect_uri = parameters_find(&auth->form, "redirect_uri"),
        .verifier = parameters_find(&auth->form, "code_verifier"),
    };
    struct granted granted = {0};
    struct client client;

    if (client_auth_require(auth, &client, err) < 0 || require(auth, "code", &exchange.code, err) < 0)
        return -1;
    exchange.client_id = client.id;
    granted.client_name = client.name;
    if (code_redeem(&auth->exchange->call, &exchange, &granted, err) < 0)
        return -1;
    return answer_granted(auth->exchange, &granted, NULL, err);
}

static int answer_refresh(const struct client_auth *auth, struct error *err)
{
    struct text refresh_token;
    struct grantee grantee;
    struct granted granted;

    if (client_auth_require_grantee(auth, &grantee, err) < 0 ||
        require(auth, "refresh_token", &refresh_token, err) < 0 ||
        refresh_exchange(&auth->exchange->call, refresh_token, grantee.id, &granted, err) < 0)
        return -1;
    return answer_granted(auth->exchange, &granted, NULL, err);
}

static int answer_device(const struct client_auth *auth, struct error *err)
{
    struct device_grant grant = {0};
    struct grantee grantee;
    struct text device_code;

    if (client_auth_require_device(auth, &grantee, err) < 0 || require(auth, "device_code", &device_code, err) < 0)
        return -1;
    grant.granted.client_name = grantee.client.name;
    if (device_poll(&auth->exchange->call, device_code, grantee.id, &grant, err) < 0)
        return -1;
    return answer_granted(auth->exchange, &grant.granted, &grant, err);
}

/* "zenml-api-key" is the grant type of clients of the original API, which send an API key as `password`. */
static const struct grant_type grant_types[] = {
    {"client_credentials", answer_client_credentials},
    {"zenml-api-key", answer_client_credentials},
    {"authorization_code", answer_code},
    {"refresh_token", answer_refresh},
    {"urn:ietf:params:oauth:grant-type:device_code", answer_device},
};

static int answer_grant_type(const struct client_auth *auth, struct error *err)
{
    struct text name = parameters_find(&auth->form, "grant_type");

    if (name.data == NULL)
        return refuse_missing("grant_type", err);
    for (size_t i = 0; i < ARRAY_LENGTH(grant_types); i++)
        if (text_equal(name, text_of(grant_types[i].name)))
            return grant_types[i].answer(auth, err);
    return error_set(err, ERR_UNSUPPORTED_GRANT_TYPE,
                     "This endpoint knows the grant types client_credentials, authorization_code, refresh_token and "
                     "urn:ietf:params:oauth:grant-type:device_code.");
}

int handle_token(struct exchange *exchange, struct error *err)
{
    struct client_auth auth;

    return client_auth_read(exchange, &auth, err) < 0 ? -1 : answer_grant_type(&auth, err);
}

/* The token endpoint at the address that existing clients know. Here `password=` alone is an API key or a personal
 * access token, never a person's password. */
int handle_login(struct exchange *exchange, struct error *err)
{
    struct client_auth auth;
    struct text password;

    if (client_auth_read(exchange, &auth, err) < 0)
        return -1;
    password = client_auth_credential(&auth.form, "password");
    if (password.data != NULL && auth.secret.data != NULL)
        return error_set(err, ERR_INVALID_REQUEST, "Send either client_secret or password.");
    if (password.data != NULL && parameters_find(&auth.form, "grant_type").data == NULL)
        return exchange_secret(&auth, password, err);
    return answer_grant_type(&auth, err);
}
