#include "asker.h"

#include "base/text.h"
#include "client_auth.h"
#include "domain/credentials/jwt.h"
#include "web/parameters.h"

/* A client, or else a service account. */
static int identify(const struct client_auth *auth, struct asker *out, struct error *err)
{
    struct account account;
    struct id credential_id;
    int found = client_auth_find_for_device(auth, &out->client, err);

    out->is_client = found > 0;
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (client_auth_require_account(auth, auth->secret, &account, &credential_id, err) < 0)
        return -1;
    out->account_id = account.id;
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
    *token = parameters_find(&auth.form, "token");
    return token->data == NULL ? error_set(err, ERR_INVALID_REQUEST, "The parameter token is missing.") : 0;
}

void own_token_release(struct own_token *token)
{
    json_decref(token->claims);
}

/* The claims of a token whose signature has been verified. */
static json_t *read_claims(struct text token)
{
    CLEANUP(json_decrefp) json_t *jws = jwt_split(token);

    return jwt_part(jws, "payload");
}

static bool is_own(const struct asker *asker, const struct account *account, const json_t *claims)
{
    const char *client = json_string_value(json_object_get(claims, "client_id"));

    return asker->is_client ? client != NULL && text_equal(text_of(client), asker->client)
                            : id_equal(&account->id, &asker->account_id);
}

int asker_find_access_token(const struct asker *asker, struct text token, struct own_token *out, struct error *err)
{
    const struct call *call = &asker->exchange->call;
    const struct service *service = asker->exchange->service;
    struct credential credential;
    struct account account;

    *out = (struct own_token){.claims = NULL};
    if (token_verify(service->keys, &service->terms, token, call->now, &credential, err) < 0)
        return 0;
    if (account_of_credential(call, &credential, &account, err) < 0)
        return err->kind == ERR_UNAUTHORIZED ? 0 : -1;
    out->claims = read_claims(token);
    out->credential_id = credential.id;
    out->username = account.name;
    return is_own(asker, &account, out->claims);
}
