#include "http/models.h"

/* Forms */

#define TEXT_FIELD(text_name, text)                                                                                    \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT, .description = (text)                                                 \
    }
#define REQUIRED_TEXT(text_name)                                                                                       \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT, .flags = FIELD_REQUIRED                                               \
    }

static const char *const grant_types[] = {"client_credentials", "authorization_code", "refresh_token",
                                          "urn:ietf:params:oauth:grant-type:device_code", NULL};

#define CLIENT_SECRET TEXT_FIELD("client_secret", "For a confidential client that does not use HTTP Basic.")
#define CLIENT TEXT_FIELD("client_id", "Not needed with HTTP Basic."), CLIENT_SECRET
#define GRANT                                                                                                          \
    TEXT_FIELD("code", "authorization_code"),                                                                          \
        TEXT_FIELD("redirect_uri", "authorization_code: as in the authorization request"),                             \
        TEXT_FIELD("code_verifier", "authorization_code: RFC 7636"),                                                   \
        TEXT_FIELD("refresh_token", "refresh_token; valid once, the answer has the next one"),                         \
        TEXT_FIELD("device_code", "the device grant")

static const struct field login_fields[] = {
    CLIENT,         {.name = "grant_type", .type = FIELD_TEXT, .values = grant_types},
    GRANT,          TEXT_FIELD("password", "An API key or a personal access token; never a person's password."),
    {.name = NULL},
};

const struct model login_form = {.fields = login_fields};

static const struct field token_request_fields[] = {
    CLIENT,
    {.name = "grant_type", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .values = grant_types},
    GRANT,
    {.name = NULL},
};

const struct model token_form = {.fields = token_request_fields};

static const struct field known_token_fields[] = {
    CLIENT,
    REQUIRED_TEXT("token"),
    TEXT_FIELD("token_type_hint", NULL),
    {.name = NULL},
};

const struct model known_token_form = {.fields = known_token_fields};

static const struct field device_authorization_request_fields[] = {
    {.name = "client_id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "Not needed with HTTP Basic."},
    CLIENT_SECRET,
    {.name = "device_id", .type = FIELD_ID, .description = "The id of a device that has signed in before."},
    {.name = NULL},
};

const struct model device_authorization_form = {.fields = device_authorization_request_fields};

/* Answers */

static const char *const token_types[] = {"bearer", NULL};

static const struct field token_fields[] = {
    {.name = "access_token", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "A JWT (RFC 9068)."},
    {.name = "token_type", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .values = token_types},
    {.name = "expires_in", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds."},
    {.name = "refresh_token", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "scope", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "device_id", .type = FIELD_ID, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "device_metadata", .type = FIELD_OBJECT, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = NULL},
};

const struct model token_model = {"Token", token_fields};

static const struct field introspection_fields[] = {
    {.name = "active", .type = FIELD_BOOL, .flags = FIELD_REQUIRED},
    TEXT_FIELD("token_type", NULL),
    TEXT_FIELD("username", NULL),
    TEXT_FIELD("sub", NULL),
    TEXT_FIELD("client_id", NULL),
    TEXT_FIELD("iss", NULL),
    TEXT_FIELD("aud", NULL),
    TEXT_FIELD("jti", NULL),
    {.name = "iat", .type = FIELD_INT},
    {.name = "exp", .type = FIELD_INT},
    {.name = NULL},
};

const struct model introspection_model = {"Introspection", introspection_fields};

static const struct field device_authorization_fields[] = {
    REQUIRED_TEXT("device_code"),
    {.name = "user_code", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .pattern = "^[B-Z]{4}-[B-Z]{4}$"},
    {.name = "verification_uri", .type = FIELD_URL, .flags = FIELD_REQUIRED},
    {.name = "verification_uri_complete", .type = FIELD_URL, .flags = FIELD_REQUIRED},
    {.name = "expires_in", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds."},
    {.name = "interval", .type = FIELD_INT, .flags = FIELD_REQUIRED, .description = "Seconds between two polls."},
    {.name = NULL},
};

const struct model device_authorization_model = {"DeviceAuthorization", device_authorization_fields};

#define REQUIRED_URL(url_name)                                                                                         \
    {                                                                                                                  \
        .name = (url_name), .type = FIELD_URL, .flags = FIELD_REQUIRED                                                 \
    }
#define REQUIRED_TEXTS(list_name)                                                                                      \
    {                                                                                                                  \
        .name = (list_name), .type = FIELD_LIST, .flags = FIELD_REQUIRED                                               \
    }

static const char *const always[] = {"true", NULL};

static const struct field metadata_fields[] = {
    REQUIRED_URL("issuer"),
    REQUIRED_URL("authorization_endpoint"),
    REQUIRED_URL("token_endpoint"),
    REQUIRED_URL("revocation_endpoint"),
    REQUIRED_URL("introspection_endpoint"),
    REQUIRED_URL("device_authorization_endpoint"),
    REQUIRED_URL("jwks_uri"),
    REQUIRED_TEXTS("response_types_supported"),
    REQUIRED_TEXTS("response_modes_supported"),
    REQUIRED_TEXTS("grant_types_supported"),
    REQUIRED_TEXTS("code_challenge_methods_supported"),
    REQUIRED_TEXTS("token_endpoint_auth_methods_supported"),
    REQUIRED_TEXTS("revocation_endpoint_auth_methods_supported"),
    REQUIRED_TEXTS("introspection_endpoint_auth_methods_supported"),
    {.name = "authorization_response_iss_parameter_supported",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .values = always},
    {.name = NULL},
};

const struct model metadata_model = {"Metadata", metadata_fields};
const struct model key_set_model = {.name = "KeySet"};
