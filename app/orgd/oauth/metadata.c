#include "base/jsonw.h"
#include "http/handlers.h"

/* Describes the authorization server (RFC 8414). Every URL begins with the configured one: a client must be able to
 * rely on it, whatever name it used. */

static const struct {
    const char *name;
    const char *path;
} endpoints[] = {
    {"authorization_endpoint", "/auth/authorize"},
    {"token_endpoint", "/auth/token"},
    {"revocation_endpoint", "/auth/revoke"},
    {"introspection_endpoint", "/auth/introspect"},
    {"device_authorization_endpoint", "/auth/device_authorization"},
    {"jwks_uri", "/.well-known/jwks.json"},
};

int handle_metadata(struct exchange *exchange, struct error *err)
{
    const char *issuer = exchange->service->terms.issuer;
    struct buf *out = &exchange->response->body;

    (void)err;
    buf_add_char(out, '{');
    jsonw_key(out, "issuer");
    jsonw_string(out, issuer);
    for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++) {
        jsonw_key(out, endpoints[i].name);
        buf_printf(out, "\"%s%s\"", issuer, endpoints[i].path); /* a URL needs no escaping */
    }
    buf_add_literal(
        out, ",\"response_types_supported\":[\"code\"],\"response_modes_supported\":[\"query\"],"
             "\"grant_types_supported\":[\"authorization_code\",\"refresh_token\",\"client_credentials\","
             "\"urn:ietf:params:oauth:grant-type:device_code\"],\"code_challenge_methods_supported\":[\"S256\"],"
             "\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_post\",\"none\"],"
             "\"revocation_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_post\",\"none\"],"
             "\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_post\"],"
             "\"authorization_response_iss_parameter_supported\":true}");
    return 0;
}

int handle_jwks(struct exchange *exchange, struct error *err)
{
    (void)err;
    token_write_public_keys(exchange->service->keys, &exchange->response->body);
    return 0;
}
