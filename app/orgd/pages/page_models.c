#include "http/models.h"

/* What the pages' addresses and forms hold. */

#define TEXT_FIELD(text_name)                                                                                          \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT                                                                        \
    }

/* Of the examples. The challenge is that of the verifier in oauth_models.c (RFC 7636, appendix B). */
#define CLIENT_ID "01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31"
#define REDIRECT_URI "https://app.example.com/callback"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static const char *const decisions[] = {"allow", "deny", NULL};

#define DECISION                                                                                                       \
    {                                                                                                                  \
        .name = "decision", .type = FIELD_TEXT, .values = decisions                                                    \
    }

const struct field authorize_query[] = {
    {.name = "response_type",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .description = "code",
     .example = "\"code\""},
    {.name = "client_id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .example = "\"" CLIENT_ID "\""},
    {.name = "redirect_uri",
     .type = FIELD_TEXT,
     .description = "One of the client's, octet for octet; a loopback address with any port.",
     .example = "\"" REDIRECT_URI "\""},
    {.name = "scope", .type = FIELD_TEXT, .description = "No scope is known; any counts as not sent."},
    {.name = "state", .type = FIELD_TEXT, .description = "At most 1024 bytes; comes back unchanged."},
    {.name = "code_challenge",
     .type = FIELD_TEXT,
     .description = "RFC 7636; required of public clients.",
     .example = "\"" CHALLENGE "\""},
    {.name = "code_challenge_method", .type = FIELD_TEXT, .description = "S256", .example = "\"S256\""},
    {.name = NULL},
};

static const struct field authorize_fields[] = {
    TEXT_FIELD("response_type"),
    TEXT_FIELD("client_id"),
    TEXT_FIELD("redirect_uri"),
    TEXT_FIELD("scope"),
    TEXT_FIELD("state"),
    TEXT_FIELD("code_challenge"),
    TEXT_FIELD("code_challenge_method"),
    DECISION,
    TEXT_FIELD("form_token"),
    {.name = NULL},
};

const struct model authorize_form = {.fields = authorize_fields,
                                     .example =
                                         "{\"decision\":\"allow\",\"response_type\":\"code\",\"client_id\":\"" CLIENT_ID
                                         "\",\"redirect_uri\":\"" REDIRECT_URI "\",\"code_challenge\":\"" CHALLENGE
                                         "\",\"code_challenge_method\":\"S256\",\"form_token\":\"the page has it\"}"};

const struct field device_query[] = {
    {.name = "user_code", .type = FIELD_TEXT, .description = "The code, where it is known."},
    {.name = NULL},
};

static const struct field device_fields[] = {
    TEXT_FIELD("user_code"),
    DECISION,
    TEXT_FIELD("form_token"),
    {.name = NULL},
};

const struct model device_form = {
    .fields = device_fields,
    .example = "{\"user_code\":\"BCDF-GHJK\",\"decision\":\"allow\",\"form_token\":\"the page has it\"}"};

const struct field sign_in_query[] = {
    {.name = "next", .type = FIELD_TEXT, .description = "Where to go afterwards: a page of this service."},
    {.name = NULL},
};

static const struct field sign_in_fields[] = {
    TEXT_FIELD("username"), TEXT_FIELD("password"), TEXT_FIELD("next"), TEXT_FIELD("form_token"), {.name = NULL},
};

const struct model sign_in_form = {
    .fields = sign_in_fields,
    .example =
        "{\"username\":\"wile\",\"password\":\"correct horse battery staple\",\"next\":\"/auth/device\",\"form_token\":\"the page has it\"}"};

static const struct field sign_out_fields[] = {
    TEXT_FIELD("next"),
    TEXT_FIELD("form_token"),
    {.name = NULL},
};

const struct model sign_out_form = {.fields = sign_out_fields, .example = "{\"form_token\":\"the page has it\"}"};
