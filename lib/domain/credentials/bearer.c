#include "bearer.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"

bool bearer_read_secret(struct text text, struct credential *out)
{
    struct secret secret;
    bool is_secret =
        secret_parse(text, SECRET_PREFIX_API_KEY, &secret) || secret_parse(text, SECRET_PREFIX_PERSONAL_TOKEN, &secret);

    if (is_secret)
        *out = (struct credential){.id = secret.id, .digest = digest_of(text.data, text.length)};
    memory_wipe(&secret, sizeof(secret));
    return is_secret;
}

bool bearer_is_named(struct text client_id, const struct id *account_id, const struct id *credential_id)
{
    struct id id;

    if (client_id.data == NULL)
        return true;
    return id_parse(client_id, &id) && (id_equal(&id, account_id) || id_equal(&id, credential_id));
}

bool bearer_is_sent(const char *authorization)
{
    return authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0;
}

int bearer_read(const struct call *call, const struct bearer_trust *trust, const char *authorization,
                struct credential *out, struct error *err)
{
    const char *value;
    int found;

    if (!bearer_is_sent(authorization))
        return error_set(
            err, ERR_UNAUTHORIZED,
            "This needs a credential: send 'Authorization: Bearer' with an API key, a personal access token or an access token.");
    value = authorization + 7;
    value += strspn(value, " ");
    if (bearer_read_secret(text_of(value), out))
        return 0;
    found = issuers_verify(trust->issuers, call, text_of(value), out, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return token_verify(trust->keys, trust->terms, text_of(value), call->now, out, err);
}
