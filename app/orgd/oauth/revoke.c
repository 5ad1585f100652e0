#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/accounts/account.h"
#include "domain/credentials/bearer.h"
#include "domain/credentials/jwt.h"
#include "domain/oauth/grant.h"
#include "http/handlers.h"
#include "oauth_request.h"

/* Who asks about a token, or wants it gone: a client, or a service account with its API key. Each is told
 * about its own tokens only. */
struct asker {
    bool is_client;
    struct text client; /* the id as text */
    struct id account_id;
};

/* The same for a service account: 1, 0 after a refusal, -1. */
static int read_service_account(struct exchange *exchange, const struct oauth_claim *claim, struct asker *out,
                                struct error *err)
{
    struct credential credential;
    struct account account;

    if (claim->secret.data == NULL || !bearer_read_secret(claim->secret, &credential))
        return oauth_refuse_client(exchange, claim);
    if (account_of_credential(&exchange->call, &credential, &account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? oauth_refuse_client(exchange, claim) : -1;
    if (!bearer_is_named(claim->id, &account.id, &credential.id))
        return oauth_refuse_client(exchange, claim);
    *out = (struct asker){.account_id = account.id};
    return 1;
}

/* 1, 0 after a refusal, -1. */
static int read_asker(struct exchange *exchange, const struct oauth_claim *claim, struct asker *out, struct error *err)
{
    int found;

    *out = (struct asker){.is_client = true};
    found = oauth_find_device_client(exchange, claim, &out->client, err);
    return found != 0 ? found : read_service_account(exchange, claim, out, err);
}

/* The claims of a token whose signature has been checked. */
static json_t *read_claims(struct text token)
{
    json_t *jws = jwt_split(token);
    json_t *claims = jwt_part(jws, "payload");

    json_decref(jws);
    return claims;
}

/* An access token of ours that counts and belongs to the asker: 1 with its claims (to be released), 0, -1. */
static int find_access_token(struct exchange *exchange, struct text token, const struct asker *asker,
                             struct credential *credential, struct account *account, json_t **claims, struct error *err)
{
    struct service *service = exchange->service;
    const char *client;
    bool is_own;

    if (token_verify(service->keys, &service->terms, token, exchange->call.now, credential, err) < 0)
        return 0;
    if (account_of_credential(&exchange->call, credential, account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? 0 : -1;
    errno = 0;
    *claims = read_claims(token);
    if (*claims == NULL && errno == ENOMEM)
        return memory_ran_out(err);
    client = json_string_value(json_object_get(*claims, "client_id"));
    is_own = asker->is_client ? client != NULL && text_equal(text_of(client), asker->client)
                              : id_equal(&account->id, &asker->account_id);
    if (!is_own)
        json_decref(*claims);
    return is_own;
}

/* Revocation (RFC 7009): what is unknown, dead or another's is answered as if it were gone, which it is for the asker.
 */

static int revoke(struct exchange *exchange, struct text token, const struct asker *asker, struct error *err)
{
    const struct call *call = &exchange->call;
    struct credential credential;
    struct account account;
    json_t *claims;
    struct id grant_id;
    int found;

    if (asker->is_client && grant_of_refresh_token(token, &grant_id)) {
        struct grant_state state;

        found = grant_describe(call, token, asker->client, &state, err);
        return found <= 0 ? found : grant_revoke(call, &grant_id, asker->client, err);
    }
    found = find_access_token(exchange, token, asker, &credential, &account, &claims, err);
    if (found <= 0)
        return found;
    json_decref(claims);
    if (asker->is_client)
        return grant_revoke(call, &credential.id, asker->client, err) < 0 ? -1 : 0;
    return oauth_refuse(exchange, 400, "unsupported_token_type",
                        "A token of a service account ends with its API key, or when it expires.");
}

/* What both endpoints begin with. A public client proves nothing, which is enough to give its own tokens back, but not
 * to ask about any. 1, 0 after a refusal, -1. */
static int read_request(struct exchange *exchange, bool needs_secret, struct asker *asker, struct text *token,
                        struct error *err)
{
    struct urlencoded form;
    struct oauth_claim claim;
    const char *fault = oauth_read_request(exchange, &form, &claim);
    int found;

    if (fault != NULL)
        return oauth_refuse(exchange, 400, "invalid_request", fault);
    if (needs_secret && claim.secret.length == 0)
        return oauth_refuse_client(exchange, &claim);
    found = read_asker(exchange, &claim, asker, err);
    *token = oauth_parameter(&form, "token");
    if (found > 0 && token->data == NULL)
        return oauth_refuse(exchange, 400, "invalid_request", "The parameter token is missing.");
    return found;
}

int handle_revoke(struct exchange *exchange, struct error *err)
{
    struct asker asker = {.is_client = false};
    struct text token = {NULL, 0};
    int found = read_request(exchange, false, &asker, &token, err);

    if (found <= 0)
        return found;
    if (revoke(exchange, token, &asker, err) < 0)
        return -1;
    if (exchange->response->body.length == 0)
        buf_add_literal(&exchange->response->body, "{}");
    return 0;
}

/* Introspection (RFC 7662) */

static void describe_access_token(struct exchange *exchange, const struct account *account, const json_t *claims)
{
    static const char *const texts[] = {"iss", "aud", "sub", "client_id", "jti"};
    static const char *const times[] = {"iat", "exp"};
    struct buf *out = &exchange->response->body;

    buf_add_literal(out, "{\"active\":true,\"token_type\":\"Bearer\"");
    jsonw_key(out, "username");
    jsonw_text(out, account->name);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        jsonw_key(out, texts[i]);
        jsonw_string(out, json_string_value(json_object_get(claims, texts[i])));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
        jsonw_key(out, times[i]);
        buf_add_int(out, json_integer_value(json_object_get(claims, times[i])));
    }
    buf_add_char(out, '}');
}

static void describe_refresh_token(struct exchange *exchange, const struct grant_state *state, struct text client)
{
    struct buf *out = &exchange->response->body;
    char account[ID_TEXT_SIZE];

    id_format(&state->account_id, account);
    buf_add_literal(out, "{\"active\":true");
    jsonw_key(out, "username");
    jsonw_text(out, state->username);
    jsonw_key(out, "sub");
    jsonw_string(out, account);
    jsonw_key(out, "client_id");
    jsonw_text(out, client);
    jsonw_key(out, "iss");
    jsonw_string(out, exchange->service->terms.issuer);
    jsonw_key(out, "exp");
    buf_add_int(out, state->expires.us / US_PER_S);
    buf_add_char(out, '}');
}

static int introspect(struct exchange *exchange, struct text token, const struct asker *asker, struct error *err)
{
    const struct call *call = &exchange->call;
    struct credential credential;
    struct grant_state state;
    struct account account;
    json_t *claims;
    int found = asker->is_client ? grant_describe(call, token, asker->client, &state, err) : 0;

    if (found > 0)
        describe_refresh_token(exchange, &state, asker->client);
    if (found != 0)
        return found < 0 ? -1 : 0;
    found = find_access_token(exchange, token, asker, &credential, &account, &claims, err);
    if (found < 0)
        return -1;
    if (found == 0) {
        buf_add_literal(&exchange->response->body, "{\"active\":false}");
        return 0;
    }
    describe_access_token(exchange, &account, claims);
    json_decref(claims);
    return 0;
}

int handle_introspect(struct exchange *exchange, struct error *err)
{
    struct asker asker = {.is_client = false};
    struct text token = {NULL, 0};
    int found = read_request(exchange, true, &asker, &token, err);

    return found <= 0 ? found : introspect(exchange, token, &asker, err);
}
