#include "client_auth.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/credentials/bearer.h"
#include "domain/events/refusal.h"
#include "web/parameters.h"

struct text client_auth_credential(const struct urlencoded *form, const char *name)
{
    return text_trim(parameters_find(form, name));
}

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
    out->id = text_trim(urlencoded_decode(arena, (struct text){start, (size_t)(colon - start)}, true));
    out->secret = text_trim(
        urlencoded_decode(arena, (struct text){colon + 1, (size_t)(start + decoded_length - colon - 1)}, true));
    return true;
}

int client_auth_read(struct exchange *exchange, struct client_auth *out, struct error *err)
{
    const char *authorization = http_request_authorization(exchange->request);
    struct text form_id;

    *out = (struct client_auth){.exchange = exchange};
    if (read_form(exchange, &out->form, err) < 0)
        return -1;
    out->id = form_id = client_auth_credential(&out->form, "client_id");
    out->secret = client_auth_credential(&out->form, "client_secret");
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

static bool is_proved(const struct client_auth *auth, const struct client *client)
{
    if (!client->is_confidential)
        return auth->secret.length == 0;
    return auth->secret.data != NULL && client_has_secret(client, auth->secret);
}

static bool proves(const struct client_auth *auth, const struct client *client)
{
    const struct refusal refusal = {
        .kind = REFUSAL_CLIENT,
        .reason = auth->secret.length == 0 ? "no_secret" : "wrong_secret",
        .subject = {client->id, client->name},
    };

    if (is_proved(auth, client))
        return true;
    refusal_note(&auth->exchange->call, &refusal);
    return false;
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

static bool is_made_up_id(struct text id)
{
    for (size_t i = 0; i < id.length; i++)
        if (id.data[i] <= ' ' || id.data[i] >= 0x7f)
            return false;
    return id.length > 0 && id.length <= CLIENT_AUTH_ID_BYTES_MAX;
}

/* Writes a UUID as we do, whatever its form, so that it is one client. */
static struct text canonical_id(struct arena *arena, struct text id)
{
    char text[ID_TEXT_SIZE];
    struct id parsed;

    if (!id_parse(id, &parsed))
        return text_of(arena_strndup(arena, id.data, id.length));
    id_format(&parsed, text);
    return text_of(arena_strndup(arena, text, ID_TEXT_SIZE - 1));
}

int client_auth_find_grantee(const struct client_auth *auth, struct grantee *out, struct error *err)
{
    const struct call *call = &auth->exchange->call;
    struct id id;
    int found = 0;

    if (auth->id.data == NULL || !is_made_up_id(auth->id))
        return 0;
    *out = (struct grantee){.id = canonical_id(call->arena, auth->id)};
    if (id_parse(out->id, &id))
        found = client_find(call, &id, &out->client, err);
    if (found < 0)
        return -1;
    out->is_registered = found > 0;
    if (out->is_registered)
        return proves(auth, &out->client);
    return strcmp(call->config->device_clients, "any") == 0 && auth->secret.length == 0;
}

int client_auth_require(const struct client_auth *auth, struct client *out, struct error *err)
{
    int found = client_auth_find(auth, out, err);

    if (found == 0)
        return client_auth_refuse(err);
    return found < 0 ? -1 : 0;
}

int client_auth_require_grantee(const struct client_auth *auth, struct grantee *out, struct error *err)
{
    int found = client_auth_find_grantee(auth, out, err);

    if (found == 0)
        return client_auth_refuse(err);
    return found < 0 ? -1 : 0;
}

int client_auth_require_device(const struct client_auth *auth, struct grantee *out, struct error *err)
{
    if (client_auth_require_grantee(auth, out, err) < 0)
        return -1;
    if (!out->is_registered || out->client.has_device_grant)
        return 0;
    return error_set(err, ERR_UNAUTHORIZED_CLIENT, "This client is registered without the device grant.");
}

/* Returns the client_id as it was sent. It has been checked; without data: none was. */
static struct text named(const struct client_auth *auth)
{
    return auth->id.data == NULL ? auth->id
                                 : text_of(arena_strndup(auth->exchange->call.arena, auth->id.data, auth->id.length));
}

int client_auth_require_account(const struct client_auth *auth, struct text secret, struct token_subject *out,
                                struct error *err)
{
    const struct call *call = &auth->exchange->call;
    struct credential credential;
    struct account account;

    if (secret.data == NULL || !bearer_read_secret(secret, call->now, &credential))
        return client_auth_refuse(err);
    if (account_of_credential(call, &credential, &account, err) < 0) {
        if (err->kind != ERR_UNAUTHORIZED)
            return -1;
        refusal_note_credential(call, &credential);
        return client_auth_refuse(err);
    }
    if (!bearer_is_named(auth->id, &account.id, &credential.id))
        return client_auth_refuse(err);
    actor_note(call->actor, &account.id, &credential.id);
    *out = (struct token_subject){.account_id = account.id,
                                  .credential_id = credential.id,
                                  .kind = credential.kind,
                                  .generation = account.generation,
                                  .client_id = named(auth)};
    return 0;
}

int client_auth_refuse(struct error *err)
{
    return error_set(err, ERR_INVALID_CLIENT, "The client is unknown or not active, or its secret is wrong.");
}
