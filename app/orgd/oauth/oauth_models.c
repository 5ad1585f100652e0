#include "http/models.h"

/* Forms */

#define TEXT_FIELD(text_name, text)                                                                                    \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT, .description = (text)                                                 \
    }
#define REQUIRED_TEXT(text_name, text)                                                                                 \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = (text)                        \
    }

static const char *const grant_types[] = {"client_credentials", "authorization_code", "refresh_token",
                                          "urn:ietf:params:oauth:grant-type:device_code", NULL};

#define CLIENT_SECRET TEXT_FIELD("client_secret", "For a confidential client that does not use HTTP Basic.")
#define CLIENT TEXT_FIELD("client_id", "Not needed with HTTP Basic."), CLIENT_SECRET
#define SCOPE TEXT_FIELD("scope", "No scope is known; any counts as not sent (RFC 6749, 3.3).")
#define GRANT                                                                                                          \
    TEXT_FIELD("code", "With authorization_code: the code."),                                                          \
        TEXT_FIELD("redirect_uri", "With authorization_code: as in the authorization request."),                       \
        TEXT_FIELD("code_verifier", "With authorization_code: RFC 7636."),                                             \
        TEXT_FIELD("refresh_token", "With refresh_token. Valid once; the answer has the next one."),                   \
        TEXT_FIELD("device_code", "With the device grant: what its first answer has."), SCOPE

static const struct field login_fields[] = {
    CLIENT,
    {.name = "grant_type",
     .type = FIELD_TEXT,
     .values = grant_types,
     .description = "Not needed with password, which means client_credentials."},
    GRANT,
    TEXT_FIELD("password", "An API key or a personal access token; never a person's password."),
    {.name = NULL},
};

const struct model login_form = {
    .fields = login_fields,
    .example = "{\"password\":\"ORGPAT_AZMtOlwAejuPTi9tHAuah3h2c0h5ZmxvdHRlcl9pc19ub3RfYV9yZWFsX3NlY3JldA\"}"};

static const struct field token_request_fields[] = {
    CLIENT,
    {.name = "grant_type",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .values = grant_types,
     .description = "What the token is given for."},
    GRANT,
    {.name = NULL},
};

const struct model token_form = {
    .fields = token_request_fields,
    .example =
        "{\"grant_type\":\"authorization_code\",\"client_id\":\"01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31\",\"code\":\"ORGCODE_AZMtOlwAejuPTi9tHAuahw\",\"redirect_uri\":\"https://app.example.com/callback\",\"code_verifier\":\"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk\"}"};

static const struct field known_token_fields[] = {
    CLIENT,
    REQUIRED_TEXT("token", "The token in question."),
    TEXT_FIELD("token_type_hint", "Ignored: the token tells."),
    {.name = NULL},
};

const struct model known_token_form = {
    .fields = known_token_fields,
    .example =
        "{\"token\":\"ORGREFRESH_AZMtOlwAejuPTi9tHAuahw\",\"client_id\":\"01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31\"}"};

const struct model introspection_form = {
    .fields = known_token_fields,
    .example =
        "{\"token\":\"ORGREFRESH_AZMtOlwAejuPTi9tHAuahw\",\"client_id\":\"01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31\",\"client_secret\":\"ORGKEY_AZMtOlwAejuPTi9tHAuahw\"}"};

static const struct field device_authorization_request_fields[] = {
    {.name = "client_id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "Not needed with HTTP Basic."},
    CLIENT_SECRET,
    SCOPE,
    {.name = "device_id", .type = FIELD_ID, .description = "The id of a device that has signed in before."},
    {.name = NULL},
};

const struct model device_authorization_form = {.fields = device_authorization_request_fields,
                                                .example = "{\"client_id\":\"01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31\"}"};

/* Answers */

static const char *const token_types[] = {"bearer", NULL};

static const struct field token_fields[] = {
    {.name = "access_token", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "A JWT (RFC 9068)."},
    {.name = "token_type",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .values = token_types,
     .description = "How to send it: RFC 6750."},
    {.name = "expires_in", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds."},
    TEXT_FIELD("refresh_token", "Of what a person granted."),
    {.name = "device_id", .type = FIELD_ID, .description = "The device grant's."},
    {.name = "device_metadata", .type = FIELD_OBJECT, .description = "The device grant's."},
    {.name = NULL},
};

const struct model token_model = {
    "Token", token_fields,
    .example =
        "{\"access_token\":\"eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl\",\"token_type\":\"bearer\",\"expires_in\":3600}"};

static const struct field introspection_fields[] = {
    {.name = "active",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .description = "Whether the token is valid now. If it is not, nothing else is said."},
    TEXT_FIELD("token_type", "How it is sent: RFC 6750."),
    TEXT_FIELD("username", "The account's name."),
    TEXT_FIELD("sub", "The account's id."),
    {.name = "organization_id", .type = FIELD_ID, .description = "Of a service account: where it belongs."},
    TEXT_FIELD("client_id", "The client that got the token."),
    TEXT_FIELD("iss", "Who issued it: this service."),
    TEXT_FIELD("aud", "Whom it is for: this service."),
    TEXT_FIELD("jti", "The token's own id."),
    {.name = "iat", .type = FIELD_INT, .description = "When it was issued, in seconds since 1970."},
    {.name = "exp", .type = FIELD_INT, .description = "When it ends, in seconds since 1970."},
    {.name = NULL},
};

const struct model introspection_model = {
    "Introspection", introspection_fields,
    .example =
        "{\"active\":true,\"token_type\":\"Bearer\",\"username\":\"wile\",\"sub\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"client_id\":\"01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31\",\"iss\":\"https://orgd.example.com\",\"aud\":\"https://orgd.example.com\",\"exp\":1795430000,\"iat\":1795426400,\"jti\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\"}"};

static const struct field device_authorization_fields[] = {
    REQUIRED_TEXT("device_code", "What the program polls the token endpoint with."),
    {.name = "user_code",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .pattern = "^[B-Z]{4}-[B-Z]{4}$",
     .description = "What the person types."},
    {.name = "verification_uri",
     .type = FIELD_URL,
     .flags = FIELD_REQUIRED,
     .description = "Where the person types it."},
    {.name = "verification_uri_complete",
     .type = FIELD_URL,
     .flags = FIELD_REQUIRED,
     .description = "The same with the code, to show as a QR code."},
    {.name = "expires_in", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds."},
    {.name = "interval", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds between two polls."},
    {.name = NULL},
};

const struct model device_authorization_model = {
    "DeviceAuthorization", device_authorization_fields,
    .example =
        "{\"device_code\":\"ORGDEVICE_AZMtOlwAejuPTi9tHAuahw\",\"user_code\":\"BCDF-GHJK\",\"verification_uri\":\"https://orgd.example.com/auth/device\",\"verification_uri_complete\":\"https://orgd.example.com/auth/device?user_code=BCDF-GHJK\",\"expires_in\":600,\"interval\":5}"};

#define REQUIRED_URL(url_name, text)                                                                                   \
    {                                                                                                                  \
        .name = (url_name), .type = FIELD_URL, .flags = FIELD_REQUIRED, .description = (text)                          \
    }
#define REQUIRED_TEXTS(list_name, text)                                                                                \
    {                                                                                                                  \
        .name = (list_name), .type = FIELD_LIST, .flags = FIELD_REQUIRED, .description = (text)                        \
    }

static const char *const always[] = {"true", NULL};

static const struct field metadata_fields[] = {
    REQUIRED_URL("issuer", "Who issues tokens: the public URL of this service."),
    REQUIRED_URL("authorization_endpoint", "Where clients send people."),
    REQUIRED_URL("token_endpoint", "Where grants become tokens."),
    REQUIRED_URL("revocation_endpoint", "RFC 7009."),
    REQUIRED_URL("introspection_endpoint", "RFC 7662."),
    REQUIRED_URL("device_authorization_endpoint", "RFC 8628."),
    REQUIRED_URL("jwks_uri", "The keys that verify access tokens."),
    REQUIRED_TEXTS("response_types_supported", "What an authorization request can ask for."),
    REQUIRED_TEXTS("response_modes_supported", "How the answer to it comes back."),
    REQUIRED_TEXTS("grant_types_supported", "What the token endpoint takes."),
    REQUIRED_TEXTS("code_challenge_methods_supported", "RFC 7636."),
    REQUIRED_TEXTS("token_endpoint_auth_methods_supported", "How clients prove who they are there."),
    REQUIRED_TEXTS("revocation_endpoint_auth_methods_supported", "How clients prove who they are there."),
    REQUIRED_TEXTS("introspection_endpoint_auth_methods_supported", "How clients prove who they are there."),
    {.name = "authorization_response_iss_parameter_supported",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .values = always,
     .description = "RFC 9207."},
    {.name = NULL},
};

const struct model metadata_model = {
    "Metadata", metadata_fields,
    .example =
        "{\"issuer\":\"https://orgd.example.com\",\"authorization_endpoint\":\"https://orgd.example.com/auth/authorize\",\"token_endpoint\":\"https://orgd.example.com/auth/token\",\"revocation_endpoint\":\"https://orgd.example.com/auth/revoke\",\"introspection_endpoint\":\"https://orgd.example.com/auth/introspect\",\"device_authorization_endpoint\":\"https://orgd.example.com/auth/device_authorization\",\"jwks_uri\":\"https://orgd.example.com/.well-known/jwks.json\",\"response_types_supported\":[\"code\"],\"response_modes_supported\":[\"query\"],\"grant_types_supported\":[\"authorization_code\",\"refresh_token\",\"client_credentials\",\"urn:ietf:params:oauth:grant-type:device_code\"],\"code_challenge_methods_supported\":[\"S256\"],\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_basic\",\"client_secret_post\"],\"revocation_endpoint_auth_methods_supported\":[\"none\",\"client_secret_basic\",\"client_secret_post\"],\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_post\"],\"authorization_response_iss_parameter_supported\":true}"};
const struct model key_set_model = {
    .name = "KeySet",
    .example =
        "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"2026-11\",\"alg\":\"ES256\",\"use\":\"sig\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"};
