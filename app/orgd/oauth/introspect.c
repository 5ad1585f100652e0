#include "asker.h"
#include "base/jsonw.h"
#include "domain/oauth/refresh.h"
#include "http/handlers.h"

/* Introspection (RFC 7662) */

/* What is true of whatever opens the API. */
static void describe_account(struct exchange *exchange, const struct account *account)
{
    struct buf *out = &exchange->response->body;
    char id[ID_TEXT_SIZE];

    buf_add_literal(out, "{\"active\":true,\"token_type\":\"Bearer\"");
    jsonw_key(out, "username");
    jsonw_text(out, account->name);
    id_format(&account->id, id);
    jsonw_key(out, "sub");
    jsonw_string(out, id);
    jsonw_key(out, "iss");
    jsonw_string(out, exchange->service->terms.issuer);
    if (id_is_nil(&account->organization_id))
        return;
    id_format(&account->organization_id, id);
    jsonw_key(out, "organization_id");
    jsonw_string(out, id);
}

static void describe_claims(struct buf *out, const json_t *claims)
{
    static const char *const texts[] = {"aud", "client_id", "jti"};
    static const char *const times[] = {"iat", "exp"};

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        jsonw_key(out, texts[i]);
        jsonw_string(out, json_string_value(json_object_get(claims, texts[i])));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
        jsonw_key(out, times[i]);
        buf_add_int(out, json_integer_value(json_object_get(claims, times[i])));
    }
}

static void describe_refresh_token(struct exchange *exchange, const struct refresh_state *state, struct text client)
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

/* Describes a refresh token. Returns 1 if it is the asker's, 0 if not, -1 on failure. */
static int find_refresh_token(struct exchange *exchange, const struct asker *asker, struct text token,
                              struct error *err)
{
    struct refresh_state state;
    int found = asker->is_client ? refresh_find(&exchange->call, token, asker->client, &state, err) : 0;

    if (found > 0)
        describe_refresh_token(exchange, &state, asker->client);
    return found;
}

/* Describes what opens the API, likewise. */
static int find_token(struct exchange *exchange, const struct asker *asker, struct text token, struct error *err)
{
    CLEANUP(known_token_release) struct known_token known = {.claims = NULL};
    int found = asker_find_secret(asker, token, &known, err);

    if (found == 0)
        found = asker_find_access_token(asker, token, &known, err);
    if (found <= 0)
        return found;
    describe_account(exchange, &known.account);
    if (known.claims != NULL)
        describe_claims(&exchange->response->body, known.claims);
    buf_add_char(&exchange->response->body, '}');
    return 1;
}

int handle_introspect(struct exchange *exchange, struct error *err)
{
    struct asker asker;
    struct text token;
    int found;

    if (asker_read(exchange, true, &asker, &token, err) < 0)
        return -1;
    found = find_refresh_token(exchange, &asker, token, err);
    if (found == 0)
        found = find_token(exchange, &asker, token, err);
    if (found == 0)
        buf_add_literal(&exchange->response->body, "{\"active\":false}");
    return found < 0 ? -1 : 0;
}
