#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "domain/accounts/account.h"
#include "domain/credentials/bearer.h"
#include "domain/oauth/device.h"
#include "http/handlers.h"
#include "oauth_request.h"

/* A token request: its form, and how the client presents itself. */
struct token_request {
    struct exchange *exchange;
    const struct call *call;
    struct urlencoded form;
    struct oauth_claim claim;
};

struct grant_type {
    const char *name;
    bool ignores_scope; /* as clients of the original API send one */
    /* Answers, refusals included, and returns 0; -1 if the database fails. */
    int (*answer)(struct token_request *request, struct error *err);
};

/* What goes into the answer beside the access token (RFC 6749, 5.1, and what clients of the original API expect). */
struct token_answer {
    struct token_subject subject;
    const char *refresh_token;         /* NULL: none */
    const struct device_grant *device; /* NULL: not about a device */
};

static void add_device(struct buf *out, const struct device_grant *device)
{
    char id[ID_TEXT_SIZE];

    if (device == NULL) {
        buf_add_literal(out, ",\"device_id\":null,\"device_metadata\":null");
        return;
    }
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
    jsonw_key(out, "refresh_token");
    jsonw_string(out, answer->refresh_token);
    buf_add_literal(out, ",\"scope\":null");
    add_device(out, answer->device);
    buf_add_char(out, '}');
    http_response_header(exchange->response, "Pragma", "no-cache");
    return 0;
}

static int answer_granted(struct token_request *request, const struct granted *granted,
                          const struct device_grant *device, struct error *err)
{
    struct token_answer answer = {
        .subject = {.account_id = granted->account_id,
                    .credential_id = granted->grant_id,
                    .client_id = granted->client},
        .refresh_token = granted->refresh_token,
        .device = device,
    };

    return answer_token(request->exchange, &answer, err);
}

/* A refusal of the domain is invalid_grant; anything else goes on as it is. */
static int refuse_grant(struct token_request *request, const struct error *err)
{
    return err->kind == ERR_FORBIDDEN ? oauth_refuse(request->exchange, 400, "invalid_grant", err->message) : -1;
}

/* Client credentials: a key or token of ours as the secret. */

static int exchange_secret(struct token_request *request, struct text secret, struct error *err)
{
    struct token_answer answer = {0};
    struct credential credential;
    struct account account;

    if (secret.data == NULL || !bearer_read_secret(secret, &credential))
        return oauth_refuse_client(request->exchange, &request->claim);
    if (account_of_credential(request->call, &credential, &account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? oauth_refuse_client(request->exchange, &request->claim) : -1;
    if (!bearer_is_named(request->claim.id, &account.id, &credential.id))
        return oauth_refuse_client(request->exchange, &request->claim);
    answer.subject = (struct token_subject){.account_id = account.id, .credential_id = credential.id};
    return answer_token(request->exchange, &answer, err);
}

/* A registered client has nothing of its own here: it acts for people only. */
static int answer_client_credentials(struct token_request *request, struct error *err)
{
    struct text password = oauth_parameter(&request->form, "password");
    struct client client;
    int found = oauth_find_client(request->exchange, &request->claim, &client, err);

    if (found != 0)
        return found < 0 ? -1
                         : oauth_refuse(request->exchange, 400, "unauthorized_client",
                                        "This client acts for people; programs of their own use a service account.");
    return exchange_secret(request, request->claim.secret.data != NULL ? request->claim.secret : password, err);
}

/* Grants that people gave */

static int with_client(struct token_request *request, struct client *client, struct error *err)
{
    int found = oauth_find_client(request->exchange, &request->claim, client, err);

    if (found == 0)
        oauth_refuse_client(request->exchange, &request->claim);
    return found;
}

static int answer_code(struct token_request *request, struct error *err)
{
    struct code_exchange exchange = {
        .code = oauth_parameter(&request->form, "code"),
        .redirect_uri = oauth_parameter(&request->form, "redirect_uri"),
        .verifier = oauth_parameter(&request->form, "code_verifier"),
    };
    struct granted granted;
    struct client client;
    int found = with_client(request, &client, err);

    if (found <= 0)
        return found;
    if (exchange.code.data == NULL)
        return oauth_refuse(request->exchange, 400, "invalid_request", "The parameter code is missing.");
    exchange.client_id = client.id;
    if (grant_redeem_code(request->call, &exchange, &granted, err) < 0)
        return refuse_grant(request, err);
    return answer_granted(request, &granted, NULL, err);
}

static int with_device_client(struct token_request *request, struct text *id, struct error *err)
{
    int found = oauth_find_device_client(request->exchange, &request->claim, id, err);

    if (found == 0)
        oauth_refuse_client(request->exchange, &request->claim);
    return found;
}

static int answer_refresh(struct token_request *request, struct error *err)
{
    struct text refresh_token = oauth_parameter(&request->form, "refresh_token");
    struct granted granted;
    struct text client;
    int found = with_device_client(request, &client, err);

    if (found <= 0)
        return found;
    if (refresh_token.data == NULL)
        return oauth_refuse(request->exchange, 400, "invalid_request", "The parameter refresh_token is missing.");
    if (grant_refresh(request->call, refresh_token, client, &granted, err) < 0)
        return refuse_grant(request, err);
    return answer_granted(request, &granted, NULL, err);
}

static int answer_device(struct token_request *request, struct error *err)
{
    static const struct {
        const char *code;
        const char *sentence;
    } refusals[] = {
        [DEVICE_PENDING] = {"authorization_pending", "Nobody has approved this yet."},
        [DEVICE_SLOW_DOWN] = {"slow_down", "You ask too often: wait five seconds longer each time."},
        [DEVICE_DENIED] = {"access_denied", "The person has denied it."},
        [DEVICE_EXPIRED] = {"expired_token", "The code has expired; start again."},
        [DEVICE_UNKNOWN] = {"invalid_grant", "The device_code is unknown to this client, or has been used."},
    };
    struct text device_code = oauth_parameter(&request->form, "device_code");
    struct device_grant grant;
    enum device_state state;
    struct text client;
    int found = with_device_client(request, &client, err);

    if (found <= 0)
        return found;
    if (device_code.data == NULL)
        return oauth_refuse(request->exchange, 400, "invalid_request", "The parameter device_code is missing.");
    if (device_poll(request->call, device_code, client, &state, &grant, err) < 0)
        return -1;
    if (state != DEVICE_GRANTED)
        return oauth_refuse(request->exchange, 400, refusals[state].code, refusals[state].sentence);
    return answer_granted(request, &grant.granted, &grant, err);
}

/* The second name is how clients of the original API call an API key that they send as password. */
static const struct grant_type grant_types[] = {
    {"client_credentials", true, answer_client_credentials},
    {"zenml-api-key", true, answer_client_credentials},
    {"authorization_code", false, answer_code},
    {"refresh_token", false, answer_refresh},
    {"urn:ietf:params:oauth:grant-type:device_code", false, answer_device},
};

static int answer_grant_type(struct token_request *request, struct text name, struct error *err)
{
    bool has_scope = oauth_parameter(&request->form, "scope").data != NULL;

    for (size_t i = 0; i < ARRAY_LENGTH(grant_types); i++) {
        if (!text_equal(name, text_of(grant_types[i].name)))
            continue;
        if (has_scope && !grant_types[i].ignores_scope)
            return oauth_refuse(request->exchange, 400, "invalid_scope",
                                "There are no scopes here; leave the parameter out.");
        return grant_types[i].answer(request, err);
    }
    return oauth_refuse(
        request->exchange, 400, "unsupported_grant_type",
        "The grant types of this endpoint are: client_credentials, authorization_code, refresh_token and "
        "urn:ietf:params:oauth:grant-type:device_code.");
}

int handle_token(struct exchange *exchange, struct error *err)
{
    struct token_request request = {.exchange = exchange, .call = &exchange->call};
    const char *fault = oauth_read_request(exchange, &request.form, &request.claim);
    struct text grant_type = fault == NULL ? oauth_parameter(&request.form, "grant_type") : (struct text){NULL, 0};

    if (fault == NULL && grant_type.data == NULL)
        fault = "The parameter grant_type is missing.";
    if (fault != NULL)
        return oauth_refuse(exchange, 400, "invalid_request", fault);
    return answer_grant_type(&request, grant_type, err);
}

/* The token endpoint under the address that existing clients know, where `password=` alone is an API key or a personal
 * access token; never a person's password. */
int handle_login(struct exchange *exchange, struct error *err)
{
    struct token_request request = {.exchange = exchange, .call = &exchange->call};
    const char *fault = oauth_read_request(exchange, &request.form, &request.claim);
    struct text grant_type;
    struct text password;

    if (fault != NULL)
        return oauth_refuse(exchange, 400, "invalid_request", fault);
    grant_type = oauth_parameter(&request.form, "grant_type");
    password = oauth_parameter(&request.form, "password");
    if (password.data != NULL && request.claim.secret.data != NULL)
        return oauth_refuse(exchange, 400, "invalid_request", "Send either client_secret or password.");
    if (grant_type.data == NULL && password.data == NULL)
        return oauth_refuse(exchange, 400, "invalid_request", "The parameter grant_type is missing.");
    return grant_type.data == NULL ? exchange_secret(&request, password, err)
                                   : answer_grant_type(&request, grant_type, err);
}
