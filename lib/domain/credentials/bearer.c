#include "bearer.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"

#define SCHEME "Bearer "

bool bearer_read_secret(struct text text, struct timestamp now, struct credential *out)
{
    struct secret secret;
    bool is_key = secret_parse(text, SECRET_PREFIX_API_KEY, &secret);
    bool is_secret = is_key || secret_parse(text, SECRET_PREFIX_PERSONAL_TOKEN, &secret);

    if (is_secret)
        *out = (struct credential){.id = secret.id,
                                   .kind = is_key ? CREDENTIAL_OF_SERVICE : CREDENTIAL_OF_USER,
                                   .digest = digest_of(text.data, text.length),
                                   .presented = now};
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
    return authorization != NULL && strncasecmp(authorization, SCHEME, strlen(SCHEME)) == 0;
}

struct text bearer_value(const char *authorization)
{
    struct text value = text_trim(text_of(authorization + strlen(SCHEME)));

    return value.data == NULL ? TEXT("") : value;
}

/* What a worker remembers needs no decoding, whoever issued it. */
static int read_token(const struct call *call, const struct bearer_trust *trust, struct text text,
                      struct credential *out, struct error *err)
{
    CLEANUP(jwt_close) struct jwt token = jwt_open(text);
    int found;

    if (token_recall(trust->keys, &token, call->now, out))
        return 0;
    found = issuers_verify(trust->issuers, call, &token, out, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return token_check(trust->keys, trust->terms, &token, call->now, out, err);
}

int bearer_read(const struct call *call, const struct bearer_trust *trust, const char *authorization,
                struct credential *out, struct error *err)
{
    struct text value;

    if (!bearer_is_sent(authorization))
        return error_set(
            err, ERR_UNAUTHORIZED,
            "This needs a credential: send 'Authorization: Bearer' with an API key, a personal access token or an access token.");
    value = bearer_value(authorization);
    if (bearer_read_secret(value, call->now, out))
        return 0;
    return read_token(call, trust, value, out, err);
}
