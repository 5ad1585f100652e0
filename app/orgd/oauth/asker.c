#include "asker.h"

#include "base/text.h"
#include "client_auth.h"
#include "domain/credentials/bearer.h"
#include "domain/credentials/jwt.h"

/* A client, or else a service account. */
static int identify(const struct client_auth *auth, struct asker *out, struct error *err)
{
    struct token_subject subject;
    struct grantee grantee = {.id = {NULL, 0}};
    int found = client_auth_find_grantee(auth, &grantee, err);

    out->is_client = found > 0;
    out->client = grantee.id;
    out->is_resource_server = found > 0 && grantee.is_registered && grantee.client.is_resource_server;
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (client_auth_require_account(auth, auth->secret, &subject, err) < 0)
        return -1;
    out->account_id = subject.account_id;
    return 0;
}

int asker_read(struct exchange *exchange, bool needs_secret, struct asker *out, struct text *token, struct error *err)
{
    struct client_auth auth;

    *out = (struct asker){.exchange = exchange};
    if (client_auth_read(exchange, &auth, err) < 0)
        return -1;
    if (needs_secret && auth.secret.length == 0)
        return client_auth_refuse(err);
    if (identify(&auth, out, err) < 0)
        return -1;
    *token = client_auth_credential(&auth.form, "token");
    return token->data == NULL ? error_set(err, ERR_INVALID_REQUEST, "The parameter token is missing.") : 0;
}

void known_token_release(struct known_token *token)
{
    json_decref(token->claims);
}

/* The claims of a token whose signature has been verified. */
static json_t *read_claims(struct text token)
{
    CLEANUP(json_decrefp) json_t *jws = jwt_split(token);

    return jwt_part(jws, "payload");
}

static bool may_see(const struct asker *asker, const struct known_token *token)
{
    const char *client = json_string_value(json_object_get(token->claims, "client_id"));

    if (asker->is_resource_server)
        return true;
    return asker->is_client ? client != NULL && text_equal(text_of(client), asker->client)
                            : id_equal(&token->account.id, &asker->account_id);
}

static int find_account(const struct asker *asker, const struct credential *credential, struct known_token *out,
                        struct error *err)
{
    out->credential_id = credential->id;
    if (account_of_credential(&asker->exchange->call, credential, &out->account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? 0 : -1;
    return 1;
}

int asker_find_access_token(const struct asker *asker, struct text token, struct known_token *out, struct error *err)
{
    const struct service *service = asker->exchange->service;
    struct credential credential;
    int found;

    *out = (struct known_token){.claims = NULL};
    if (token_verify(service->keys, &service->terms, token, asker->exchange->call.now, &credential, err) < 0)
        return 0;
    found = find_account(asker, &credential, out, err);
    if (found <= 0)
        return found;
    out->claims = read_claims(token);
    return may_see(asker, out);
}

int asker_find_secret(const struct asker *asker, struct text secret, struct known_token *out, struct error *err)
{
    struct credential credential;

    *out = (struct known_token){.claims = NULL};
    if (!asker->is_resource_server || !bearer_read_secret(secret, asker->exchange->call.now, &credential))
        return 0;
    return find_account(asker, &credential, out, err);
}
