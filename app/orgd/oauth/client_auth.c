#include "client_auth.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/credentials/bearer.h"
#include "web/parameters.h"

static int read_form(struct exchange *exchange, struct urlencoded *out, struct error *err)
{
    if (exchange->request->query.count > 0)
        return error_set(err, ERR_INVALID_REQUEST,
                         "Send the parameters in the body, not in the URL, where logs would keep them.");
    *out = exchange->form;
    return parameters_check(out, err);
}

/* "Basic" and base64 of the form-encoded id and secret. False if it is malformed. */
static bool read_basic(struct arena *arena, const char *encoded, struct client_auth *out)
{
    size_t length = strlen(encoded);
    unsigned char *decoded = arena_alloc(arena, length + 4);
    const char *start = (const char *)decoded;
    const char *colon;
    int decoded_length;

    if (length > CLIENT_AUTH_BASIC_BYTES_MAX)
        return false;
    decoded_length = EVP_DecodeBlock(decoded, (const unsigned char *)encoded, (int)length);
    if (decoded_length < 0)
        return false;
    for (size_t i = length; i > 0 && encoded[i - 1] == '=' && decoded_length > 0; i--)
        decoded_length--; /* EVP_DecodeBlock() counts the padding as zeros */
    colon = memchr(start, ':', (size_t)decoded_length);
    if (colon == NULL)
        return false;
    out->id = urlencoded_decode(arena, (struct text){start, (size_t)(colon - start)}, true);
    out->secret =
        urlencoded_decode(arena, (struct text){colon + 1, (size_t)(start + decoded_length - colon - 1)}, true);
    return true;
}

int client_auth_read(struct exchange *exchange, struct client_auth *out, struct error *err)
{
    const char *authorization = http_request_authorization(exchange->request);
    struct text form_id;

    *out = (struct client_auth){.exchange = exchange};
    if (read_form(exchange, &out->form, err) < 0)
        return -1;
    out->id = form_id = parameters_find(&out->form, "client_id");
    out->secret = parameters_find(&out->form, "client_secret");
    if (authorization == NULL || strncasecmp(authorization, "Basic ", 6) != 0)
        return 0;
    if (out->secret.data != NULL)
        return error_set(err, ERR_INVALID_REQUEST,
                         "The client's secret is both in the Authorization header and in the form; send only one.");
    if (!read_basic(exchange->service->arena, authorization + 6 + strspn(authorization + 6, " "), out))
        return error_set(err, ERR_INVALID_REQUEST, "The Authorization header is malformed.");
    if (form_id.data != NULL && !text_equal(form_id, out->id))
        return error_set(err, ERR_INVALID_REQUEST,
                         "The client_id of the form differs from that of the Authorization header.");
    return 0;
}

static bool proves(const struct client_auth *auth, const struct client *client)
{
    if (!client->is_confidential)
        return auth->secret.length == 0;
    return auth->secret.data != NULL && client_has_secret(client, auth->secret);
}

int client_auth_find(const struct client_auth *auth, struct client *out, struct error *err)
{
    struct id id;
    int found;

    if (auth->id.data == NULL || !id_parse(auth->id, &id))
        return 0;
    found = client_find(&auth->exchange->call, &id, out, err);
    return found <= 0 ? found : proves(auth, out);
}

int client_auth_find_for_device(const struct client_auth *auth, struct text *id, struct error *err)
{
    const struct call *call = &auth->exchange->call;
    char text[ID_TEXT_SIZE];
    struct client client;
    struct id parsed;
    int found;

    if (auth->id.data == NULL || !id_parse(auth->id, &parsed))
        return 0;
    id_format(&parsed, text);
    *id = text_of(arena_strndup(call->arena, text, ID_TEXT_SIZE - 1));
    found = client_find(call, &parsed, &client, err);
    if (found != 0)
        return found < 0 ? -1 : proves(auth, &client);
    return strcmp(call->config->device_clients, "any") == 0 && auth->secret.length == 0;
}

int client_auth_require(const struct client_auth *auth, struct client *out, struct error *err)
{
    int found = client_auth_find(auth, out, err);

    if (found == 0)
        return client_auth_refuse(err);
    return found < 0 ? -1 : 0;
}

int client_auth_require_for_device(const struct client_auth *auth, struct text *id, struct error *err)
{
    int found = client_auth_find_for_device(auth, id, err);

    if (found == 0)
        return client_auth_refuse(err);
    return found < 0 ? -1 : 0;
}

int client_auth_require_account(const struct client_auth *auth, struct text secret, struct account *out,
                                struct id *credential_id, struct error *err)
{
    struct credential credential;

    if (secret.data == NULL || !bearer_read_secret(secret, &credential))
        return client_auth_refuse(err);
    if (account_of_credential(&auth->exchange->call, &credential, out, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? client_auth_refuse(err) : -1;
    if (!bearer_is_named(auth->id, &out->id, &credential.id))
        return client_auth_refuse(err);
    *credential_id = credential.id;
    return 0;
}

int client_auth_refuse(struct error *err)
{
    return error_set(err, ERR_INVALID_CLIENT, "The client is unknown or not active, or its secret is wrong.");
}
