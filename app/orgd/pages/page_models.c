#include "http/models.h"

/* What the pages' addresses and forms hold. */

#define TEXT_FIELD(text_name, text)                                                                                    \
    {                                                                                                                  \
        .name = (text_name), .type = FIELD_TEXT, .description = (text)                                                 \
    }

/* Of the examples. The challenge is that of the verifier in oauth_models.c (RFC 7636, appendix B). */
#define CLIENT_ID "01932d3f-8e10-7f52-b0c4-6a9d8e7f5b31"
#define REDIRECT_URI "https://app.example.com/callback"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static const char *const decisions[] = {"allow", "deny", NULL};

#define FORM_TOKEN TEXT_FIELD("form_token", "From the page that the form stands on; no other page has it.")
#define NEXT TEXT_FIELD("next", "Where to go afterwards: a page of this service.")
#define DECISION                                                                                                       \
    {                                                                                                                  \
        .name = "decision", .type = FIELD_TEXT, .values = decisions, .description = "What the person has chosen."      \
    }

/* An authorization request; `needed` is what must be there of it. */
#define AUTHORIZATION_REQUEST(needed)                                                                                  \
    {.name = "response_type", .type = FIELD_TEXT, .flags = (needed), .description = "code", .example = "\"code\""},    \
        {.name = "client_id",                                                                                          \
         .type = FIELD_TEXT,                                                                                           \
         .flags = (needed),                                                                                            \
         .description = "The client's id.",                                                                            \
         .example = "\"" CLIENT_ID "\""},                                                                              \
        {.name = "redirect_uri",                                                                                       \
         .type = FIELD_TEXT,                                                                                           \
         .description = "One of the client's, octet for octet; a loopback address with any port.",                     \
         .example = "\"" REDIRECT_URI "\""},                                                                           \
        TEXT_FIELD("scope", "No scope is known; any counts as not sent."),                                             \
        TEXT_FIELD("state", "At most 1024 bytes; comes back unchanged."),                                              \
        {.name = "code_challenge",                                                                                     \
         .type = FIELD_TEXT,                                                                                           \
         .description = "RFC 7636; required of public clients.",                                                       \
         .example = "\"" CHALLENGE "\""},                                                                              \
    {                                                                                                                  \
        .name = "code_challenge_method", .type = FIELD_TEXT, .description = "S256", .example = "\"S256\""              \
    }

const struct field authorize_query[] = {
    AUTHORIZATION_REQUEST(FIELD_REQUIRED),
    {.name = NULL},
};

static const struct field authorize_fields[] = {
    AUTHORIZATION_REQUEST(0),
    DECISION,
    FORM_TOKEN,
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
    TEXT_FIELD("user_code", "The code that the device shows."),
    DECISION,
    FORM_TOKEN,
    {.name = NULL},
};

const struct model device_form = {
    .fields = device_fields,
    .example = "{\"user_code\":\"BCDF-GHJK\",\"decision\":\"allow\",\"form_token\":\"the page has it\"}"};

const struct field sign_in_query[] = {
    NEXT,
    {.name = NULL},
};

static const struct field sign_in_fields[] = {
    TEXT_FIELD("username", "The user name."), TEXT_FIELD("password", "The password."), NEXT, FORM_TOKEN, {.name = NULL},
};

const struct model sign_in_form = {
    .fields = sign_in_fields,
    .example =
        "{\"username\":\"wile\",\"password\":\"correct horse battery staple\",\"next\":\"/auth/device\",\"form_token\":\"the page has it\"}"};

static const struct field sign_out_fields[] = {
    NEXT,
    FORM_TOKEN,
    {.name = NULL},
};

const struct model sign_out_form = {.fields = sign_out_fields, .example = "{\"form_token\":\"the page has it\"}"};

static const struct field forgotten_fields[] = {
    TEXT_FIELD("username", "The user name, or the verified address."),
    FORM_TOKEN,
    {.name = NULL},
};

const struct model forgotten_form = {.fields = forgotten_fields,
                                     .example = "{\"username\":\"wile\",\"form_token\":\"the page has it\"}"};

#define LINK_SECRET TEXT_FIELD("secret", "Of the link.")
#define EXAMPLE_LINK "ORGRES_AZMtOmwAejuPTi9tHAuaAdrG7zVwQ0aV6bB1n8mGkzYF0xTq3e9sKcWjL2uHdPoR"

const struct field mailed_link_query[] = {
    {.name = "secret", .type = FIELD_TEXT, .description = "Of the link.", .example = "\"" EXAMPLE_LINK "\""},
    {.name = NULL},
};

static const struct field reset_fields[] = {
    LINK_SECRET,
    TEXT_FIELD("password", "The new password."),
    FORM_TOKEN,
    {.name = NULL},
};

const struct model reset_form = {.fields = reset_fields,
                                 .example =
                                     "{\"secret\":\"" EXAMPLE_LINK "\",\"password\":\"correct horse battery staple\","
                                     "\"form_token\":\"the page has it\"}"};

static const struct field confirm_fields[] = {
    LINK_SECRET,
    FORM_TOKEN,
    {.name = NULL},
};

const struct model confirm_form = {
    .fields = confirm_fields,
    .example = "{\"secret\":\"ORGADR_AZMtOmwAejuPTi9tHAuaAdrG7zVwQ0aV6bB1n8mGkzYF0xTq3e9sKcWjL2uHdPoR\","
               "\"form_token\":\"the page has it\"}"};

#define INVITATION_SECRET TEXT_FIELD("secret", "Of the link.")
#define EXAMPLE_SECRET "ORGINV_AZMtOmwAejuPTi9tHAuaAdrG7zVwQ0aV6bB1n8mGkzYF0xTq3e9sKcWjL2uHdPoR"

const struct field invitation_query[] = {
    {.name = "secret", .type = FIELD_TEXT, .description = "Of the link.", .example = "\"" EXAMPLE_SECRET "\""},
    {.name = NULL},
};

static const struct field invitation_fields[] = {
    INVITATION_SECRET,
    DECISION,
    FORM_TOKEN,
    {.name = NULL},
};

const struct model invitation_form = {.fields = invitation_fields,
                                      .example = "{\"secret\":\"" EXAMPLE_SECRET
                                                 "\",\"decision\":\"allow\",\"form_token\":\"the page has it\"}"};

static const struct field joining_fields[] = {
    INVITATION_SECRET,
    TEXT_FIELD("username", "The user name of the new account."),
    TEXT_FIELD("password", "Its password."),
    FORM_TOKEN,
    {.name = NULL},
};

const struct model joining_form = {.fields = joining_fields,
                                   .example = "{\"secret\":\"" EXAMPLE_SECRET "\",\"username\":\"wile\","
                                              "\"password\":\"correct horse battery staple\","
                                              "\"form_token\":\"the page has it\"}"};
