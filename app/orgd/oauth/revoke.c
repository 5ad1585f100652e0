#include "asker.h"
#include "domain/oauth/refresh.h"
#include "http/handlers.h"

/* Revocation (RFC 7009). A token that is unknown, dead or somebody else's gets the same answer as a revoked one. */

static int revoke_refresh_token(const struct asker *asker, struct text token, const struct id *grant_id,
                                struct error *err)
{
    const struct call *call = &asker->exchange->call;
    struct refresh_state state;
    int found = refresh_find(call, token, asker->client, &state, err);

    return found <= 0 ? found : grant_revoke(call, grant_id, &state.account_id, asker->client, err);
}

static int revoke_access_token(const struct asker *asker, struct text token, struct error *err)
{
    CLEANUP(known_token_release) struct known_token own = {.claims = NULL};
    int found = asker_find_access_token(asker, token, &own, err);

    if (found <= 0)
        return found;
    if (!asker->is_client)
        return error_set(err, ERR_UNSUPPORTED_TOKEN_TYPE,
                         "A token of a service account ends with its API key, or when it expires.");
    return grant_revoke(&asker->exchange->call, &own.credential_id, &own.account.id, asker->client, err);
}

int handle_revoke(struct exchange *exchange, struct error *err)
{
    struct asker asker;
    struct text token;
    struct id grant_id;
    int result;

    if (asker_read(exchange, false, &asker, &token, err) < 0)
        return -1;
    if (asker.is_client && refresh_names_grant(token, &grant_id))
        result = revoke_refresh_token(&asker, token, &grant_id, err);
    else
        result = revoke_access_token(&asker, token, err);
    if (result < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "{}");
    return 0;
}
