#include <jose/b64.h>
#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "domain/account.h"
#include "domain/auth.h"
#include "handlers.h"

/* What the request says, of which RFC 6749, 2.3 allows one way of authenticating the client only. */
struct login {
    struct text grant_type;
    struct text client_id;
    struct text secret;
    bool uses_basic;
};

/* RFC 6749, 5.2, with our own body beside it. */
static int refuse(struct exchange *exchange, int status, const char *code, const char *sentence)
{
    struct http_response *response = exchange->response;

    response->status = status;
    buf_add_char(&response->body, '{');
    jsonw_key(&response->body, "error");
    jsonw_string(&response->body, code);
    jsonw_key(&response->body, "error_description");
    jsonw_string(&response->body, sentence);
    buf_add_literal(&response->body, ",\"detail\":[");
    jsonw_string(&response->body, status == 401 ? error_name(ERR_UNAUTHORIZED) : error_name(ERR_VALIDATION));
    buf_add_char(&response->body, ',');
    jsonw_string(&response->body, sentence);
    buf_add_literal(&response->body, "]}");
    return 0;
}

static int refuse_client(struct exchange *exchange, const struct login *login)
{
    http_response_header(exchange->response, "WWW-Authenticate", "%s realm=\"orgd\"",
                         login->uses_basic ? "Basic" : "Bearer");
    return refuse(exchange, 401, "invalid_client", "The client is unknown, its secret is wrong, or it is not active.");
}

/* "Basic" and base64 of the form-encoded id and secret (RFC 6749, 2.3.1). False if it is malformed. */
static bool read_basic(struct arena *arena, const char *header, struct login *login)
{
    char decoded[512];
    char encoded[1024];
    size_t length = strlen(header);
    const char *colon;

    if (length >= sizeof(encoded))
        return false;
    /* libjose reads base64url; the standard alphabet differs in two characters and the padding. */
    memcpy(encoded, header, length + 1);
    while (length > 0 && (encoded[length - 1] == '=' || encoded[length - 1] == ' '))
        length--;
    for (size_t i = 0; i < length; i++)
        encoded[i] = encoded[i] == '+' ? '-' : encoded[i] == '/' ? '_' : encoded[i];
    length = jose_b64_dec_buf(encoded, length, decoded, sizeof(decoded));
    if (length == SIZE_MAX || (colon = memchr(decoded, ':', length)) == NULL)
        return false;
    login->client_id = urlencoded_decode(arena, (struct text){decoded, (size_t)(colon - decoded)}, true);
    login->secret = urlencoded_decode(arena, (struct text){colon + 1, length - (size_t)(colon + 1 - decoded)}, true);
    secret_wipe(decoded, sizeof(decoded));
    return true;
}

/* One parameter of the form: empty counts as absent, twice is a fault (RFC 6749, 3.2). */
static bool read_parameter(const struct urlencoded *form, const char *name, struct text *out)
{
    size_t count;

    *out = urlencoded_find(form, name, &count);
    if (out->length == 0 || !text_is_utf8(*out))
        out->data = NULL;
    return count <= 1;
}

/* NULL, or what is wrong with the request. */
static const char *read_login(const struct exchange *exchange, struct login *login)
{
    struct arena *arena = exchange->service->arena;
    const char *authorization = http_request_authorization(exchange->request);
    struct urlencoded form = urlencoded_parse(arena, exchange->body);
    struct text client_secret;
    struct text password;

    if (!read_parameter(&form, "grant_type", &login->grant_type) ||
        !read_parameter(&form, "client_id", &login->client_id) ||
        !read_parameter(&form, "client_secret", &client_secret) || !read_parameter(&form, "password", &password))
        return "A parameter is there more than once.";
    login->secret = client_secret.data != NULL ? client_secret : password;
    if (authorization != NULL && strncasecmp(authorization, "Basic ", 6) == 0) {
        login->uses_basic = true;
        if (login->secret.data != NULL)
            return "The client's secret is there in the Authorization header and in the form; send one of them.";
        if (!read_basic(arena, authorization + 6, login))
            return "The Authorization header is malformed.";
    }
    if (client_secret.data != NULL && password.data != NULL)
        return "Send either client_secret or password.";
    if (login->grant_type.data == NULL && password.data == NULL)
        return "The parameter grant_type is missing.";
    return NULL;
}

/* A client's id is that of its account or of the credential itself. */
static bool is_named(const struct login *login, const struct account *account, const struct credential *credential)
{
    struct id id;

    if (login->client_id.data == NULL)
        return true;
    return id_parse(login->client_id, &id) && (id_equal(&id, &account->id) || id_equal(&id, &credential->id));
}

static int answer(struct exchange *exchange, const struct token_subject *subject, struct error *err)
{
    struct service *service = exchange->service;
    struct buf *out = &exchange->response->body;
    struct text token;

    if (token_issue(service->keys, &service->terms, subject, exchange->now, service->arena, &token, err) < 0)
        return -1;
    buf_add_literal(out, "{\"access_token\":");
    jsonw_text(out, token);
    buf_add_literal(out, ",\"token_type\":\"bearer\",\"expires_in\":");
    buf_add_int(out, service->terms.lifetime_s);
    buf_add_literal(out, ",\"refresh_token\":null,\"scope\":null,\"device_id\":null,\"device_metadata\":null}");
    http_response_header(exchange->response, "Pragma", "no-cache");
    return 0;
}

/* The second is how clients of the original API name an API key sent as password. */
static bool is_known_grant(struct text grant_type)
{
    return text_equal(grant_type, TEXT("client_credentials")) || text_equal(grant_type, TEXT("zenml-api-key"));
}

int handle_login(struct exchange *exchange, struct error *err)
{
    struct service *service = exchange->service;
    struct login login = {0};
    const char *fault = read_login(exchange, &login);
    struct credential credential;
    struct account account;

    if (fault != NULL)
        return refuse(exchange, 400, "invalid_request", fault);
    if (login.grant_type.data != NULL && !is_known_grant(login.grant_type))
        return refuse(exchange, 400, "unsupported_grant_type",
                      "The grant types of this endpoint are: client_credentials.");
    if (login.secret.data == NULL || !auth_read_secret(login.secret, &credential))
        return refuse_client(exchange, &login);
    if (account_of_credential(service->db, service->arena, &credential, exchange->now, &account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? refuse_client(exchange, &login) : -1;
    if (!is_named(&login, &account, &credential))
        return refuse_client(exchange, &login);
    return answer(exchange, &(struct token_subject){.account_id = account.id, .credential_id = credential.id}, err);
}
