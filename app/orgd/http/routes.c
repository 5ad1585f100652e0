#include "routes.h"

#include "domain/accounts/account.h"
#include "domain/organizations/organization.h"
#include "handlers.h"
#include "models.h"

#define PRIVATE "private, no-cache"
#define NO_STORE "no-store"

/* clang-format off: one macro a line */

#define JSON(model) ROUTE_JSON_BODY, .body_model = &(model)
#define FORM(model) ROUTE_FORM_BODY, .body_model = &(model)
#define SIGN_IN(model) ROUTE_SIGN_IN_BODY, .body_model = &(model)
#define REQUEST_OR_DECISION(model) ROUTE_REQUEST_OR_DECISION_BODY, .body_model = &(model)
#define ANSWERS(...) ((const struct route_answer[]){__VA_ARGS__, {.status = 0}})
#define REFUSALS(...) ((const enum error_kind[]){__VA_ARGS__, ERR_NONE})
#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* An answer: JSON, the same with headers, headers alone; a page, or a redirect from one. */
#define GIVES(code, answer, text)                                                                                      \
    {                                                                                                                  \
        .status = (code), .description = (text), .model = &(answer)                                                    \
    }
#define GIVES_WITH(code, answer, headers, text)                                                                        \
    {                                                                                                                  \
        .status = (code), .description = (text), .model = &(answer), .flags = (headers)                                \
    }
#define HEADERS_ONLY(code, headers, text)                                                                              \
    {                                                                                                                  \
        .status = (code), .description = (text), .flags = ANSWER_EMPTY | (headers)                                     \
    }
#define SHOWS_WITH(code, headers, text)                                                                                \
    {                                                                                                                  \
        .status = (code), .description = (text), .flags = (headers)                                                    \
    }
#define SHOWS(code, text) SHOWS_WITH(code, 0, text)
#define LEADS(text) HEADERS_ONLY(303, ANSWER_LOCATION, text)

#define SHOWS_UNKNOWN_CLIENT SHOWS(400, "The client or its redirect URI is unknown.")
#define SHOWS_UNKNOWN_CODE SHOWS(404, "There is no such code.")
#define SHOWS_TOO_MANY SHOWS_WITH(429, ANSWER_RETRY_AFTER, "Too many attempts.")
#define LEADS_TO_SIGN_IN LEADS("To the sign-in page.")
#define LEADS_BACK LEADS("Where the person wanted to go.")
#define LEADS_TO_CLIENT                                                                                                \
    LEADS("To the sign-in page, or back to the client with code, state and iss, or with error, error_description, "    \
          "state and iss.")

/* clang-format on */

#define ORGANIZATION "/organizations/{organization_id_or_name}"

const struct route routes[] = {
    {.method = HTTP_GET,
     .path = "/organizations",
     .access = ROUTE_FOR_CALLERS,
     .query = organization_list_fields,
     .handle = handle_list_organizations,
     .cache_control = PRIVATE,
     .id = "listOrganizations",
     .tag = "organizations",
     .summary = "List the organizations the caller may see.",
     .description =
         "Ordered by created, then id. A superuser sees all, others only those that they are a member of. Filters "
         "combine with AND.",
     .answers = ANSWERS(GIVES_WITH(200, organization_model, ANSWER_LIST | ANSWER_PAGE, "The organizations.")),
     .refusals = REFUSALS(ERR_NOT_FOUND, ERR_TOO_MANY)},
    {.method = HTTP_POST,
     .path = "/organizations",
     .access = ROUTE_FOR_CALLERS,
     .body = JSON(organization_create_model),
     .handle = handle_create_organization,
     .cache_control = PRIVATE,
     .id = "createOrganization",
     .tag = "organizations",
     .summary = "Create an organization.",
     .description = "For active human users. The owner becomes an admin of it, and its trial starts. With an "
                    "Idempotency-Key the request can be sent again without doing it twice.",
     .answers = ANSWERS(GIVES_WITH(200, organization_model, ANSWER_ETAG | ANSWER_CONTENT_LOCATION | ANSWER_REPLAYED,
                                   "The new organization.")),
     .refusals =
         REFUSALS(ERR_BAD_HEADER, ERR_FORBIDDEN, ERR_LIMIT, ERR_IN_PROGRESS, ERR_EXISTS, ERR_KEY_REUSED, ERR_TOO_MANY),
     .headers = HEADERS("Idempotency-Key")},
    {.method = HTTP_GET,
     .path = ORGANIZATION,
     .access = ROUTE_FOR_CALLERS,
     .query = organization_get_fields,
     .handle = handle_get_organization,
     .cache_control = PRIVATE,
     .id = "getOrganization",
     .tag = "organizations",
     .summary = "Get an organization by id or name.",
     .description =
         "For its members. A UUID is an id, anything else a name. Names are found by their key, without regard "
         "to case.",
     .answers = ANSWERS(GIVES_WITH(200, organization_model, ANSWER_ETAG, "The organization."),
                        HEADERS_ONLY(304, ANSWER_ETAG, "The organization has not changed.")),
     .refusals = REFUSALS(ERR_NOT_FOUND),
     .headers = HEADERS("If-None-Match")},
    {.method = HTTP_PATCH,
     .path = ORGANIZATION,
     .access = ROUTE_FOR_CALLERS,
     .body = JSON(organization_update_model),
     .handle = handle_update_organization,
     .cache_control = PRIVATE,
     .id = "updateOrganization",
     .tag = "organizations",
     .summary = "Update an organization.",
     .description = "For members with the permission organization:update. Takes an id only. Fields that are not in the "
                    "body stay as they are; null clears description, logo_url and links.",
     .answers = ANSWERS(GIVES_WITH(200, organization_model, ANSWER_ETAG, "The organization as it is now.")),
     .refusals = REFUSALS(ERR_FORBIDDEN, ERR_LIMIT, ERR_NOT_FOUND, ERR_EXISTS, ERR_PRECONDITION),
     .headers = HEADERS("If-Match", "If-None-Match")},
    {.method = HTTP_DELETE,
     .path = ORGANIZATION,
     .access = ROUTE_FOR_CALLERS,
     .handle = handle_delete_organization,
     .cache_control = PRIVATE,
     .id = "deleteOrganization",
     .tag = "organizations",
     .summary = "Delete an organization and all that belongs to it.",
     .description = "For members with the permission organization:delete. Takes an id only. Credentials that belong to "
                    "it end with it.",
     .answers = ANSWERS(GIVES(200, null_model, "The organization is deleted.")),
     .refusals = REFUSALS(ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_PRECONDITION, ERR_VALIDATION),
     .headers = HEADERS("If-Match", "If-None-Match")},

    {.method = HTTP_GET,
     .path = "/permissions",
     .access = ROUTE_FOR_CALLERS,
     .handle = handle_list_permissions,
     .cache_control = PRIVATE,
     .id = "listPermissions",
     .tag = "organizations",
     .summary = "List all permissions that a role can have.",
     .description = "The list is the same for every caller.",
     .answers = ANSWERS(GIVES_WITH(200, permission_model, ANSWER_LIST, "The permissions."))},

    {.method = HTTP_GET,
     .path = "/users/me",
     .access = ROUTE_FOR_CALLERS,
     .handle = handle_whoami,
     .cache_control = PRIVATE,
     .id = "whoAmI",
     .tag = "users",
     .summary = "Tell who the caller is.",
     .description = "The user or the service account that the credential belongs to.",
     .answers = ANSWERS(GIVES(200, account_model, "The caller."))},

    {.method = HTTP_POST,
     .path = "/auth/login",
     .access = ROUTE_FOR_CLIENTS,
     .body = FORM(login_form),
     .handle = handle_login,
     .has_401_detail = true,
     .cache_control = NO_STORE,
     .id = "login",
     .tag = "auth",
     .summary = "Exchange a client's credentials for an access token.",
     .description = "The token endpoint at its older address. Here password=<API key or personal access token> alone "
                    "is enough too.",
     .answers = ANSWERS(GIVES(200, token_model, "An access token.")),
     .refusals = REFUSALS(ERR_INVALID_GRANT, ERR_UNAUTHORIZED_CLIENT, ERR_UNSUPPORTED_GRANT_TYPE,
                          ERR_AUTHORIZATION_PENDING, ERR_SLOW_DOWN, ERR_ACCESS_DENIED, ERR_EXPIRED_TOKEN)},
    {.method = HTTP_POST,
     .path = "/auth/token",
     .access = ROUTE_FOR_CLIENTS,
     .body = FORM(token_form),
     .handle = handle_token,
     .cache_control = NO_STORE,
     .id = "token",
     .tag = "auth",
     .summary = "Exchange a grant for an access token (RFC 6749).",
     .description = "Client credentials (an API key of a service account, or a personal access token, as the secret), "
                    "authorization codes, refresh tokens and device codes.",
     .answers = ANSWERS(GIVES(200, token_model, "An access token.")),
     .refusals = REFUSALS(ERR_INVALID_GRANT, ERR_UNAUTHORIZED_CLIENT, ERR_UNSUPPORTED_GRANT_TYPE,
                          ERR_AUTHORIZATION_PENDING, ERR_SLOW_DOWN, ERR_ACCESS_DENIED, ERR_EXPIRED_TOKEN)},
    {.method = HTTP_POST,
     .path = "/auth/revoke",
     .access = ROUTE_FOR_CLIENTS,
     .body = FORM(known_token_form),
     .handle = handle_revoke,
     .cache_control = NO_STORE,
     .id = "revoke",
     .tag = "auth",
     .summary = "Revoke a token (RFC 7009).",
     .description = "Ends the grant that the access or refresh token belongs to. A token that is unknown, expired or "
                    "another client's gets the same answer.",
     .answers = ANSWERS(GIVES(200, object_model, "The token is not valid any more."))},
    {.method = HTTP_POST,
     .path = "/auth/introspect",
     .access = ROUTE_FOR_CLIENTS,
     .body = FORM(introspection_form),
     .handle = handle_introspect,
     .cache_control = NO_STORE,
     .id = "introspect",
     .tag = "auth",
     .summary = "Tell whether a token is valid (RFC 7662).",
     .description = "A resource server learns about all access tokens, API keys and personal access tokens; a "
                    "confidential client about the tokens that were issued to it; a service account (its API key is "
                    "the secret) about its own.",
     .answers = ANSWERS(GIVES(200, introspection_model, "What the service knows about the token."))},
    {.method = HTTP_POST,
     .path = "/auth/device_authorization",
     .access = ROUTE_FOR_CLIENTS,
     .body = FORM(device_authorization_form),
     .handle = handle_device_authorization,
     .cache_control = NO_STORE,
     .id = "startDevice",
     .tag = "auth",
     .summary = "Start the device grant (RFC 8628).",
     .description = "client_id is that of a client registered with this grant or, unless the service allows registered "
                    "clients only, 1 to 64 visible ASCII characters that no registered client has.",
     .answers = ANSWERS(
         GIVES(200, device_authorization_model, "Show the user code and the address, and poll the token endpoint.")),
     .refusals = REFUSALS(ERR_TOO_MANY)},

    {.method = HTTP_GET,
     .path = "/auth/authorize",
     .access = ROUTE_FOR_PEOPLE,
     .query = authorize_query,
     .handle = handle_authorize,
     .cache_control = NO_STORE,
     .id = "authorize",
     .tag = "auth",
     .summary = "Ask a person to give a client access (RFC 6749).",
     .description = "For browsers.",
     .answers = ANSWERS(SHOWS(200, "Asks the person."), LEADS_TO_CLIENT, SHOWS_UNKNOWN_CLIENT)},
    {.method = HTTP_POST,
     .path = "/auth/authorize",
     .access = ROUTE_FOR_PEOPLE,
     .body = REQUEST_OR_DECISION(authorize_form),
     .handle = handle_authorize_form,
     .cache_control = NO_STORE,
     .id = "decide",
     .tag = "auth",
     .summary = "The person's decision, or the same request as a form.",
     .description = "For browsers.",
     .answers = ANSWERS(LEADS_TO_CLIENT, SHOWS_UNKNOWN_CLIENT)},
    {.method = HTTP_GET,
     .path = "/auth/device",
     .access = ROUTE_FOR_PEOPLE,
     .query = device_query,
     .handle = handle_device_page,
     .cache_control = NO_STORE,
     .id = "devicePage",
     .tag = "auth",
     .summary = "Ask a person for the code that a device shows.",
     .description = "For browsers.",
     .answers = ANSWERS(SHOWS(200, "Asks for the code, or for the decision."), LEADS_TO_SIGN_IN, SHOWS_UNKNOWN_CODE,
                        SHOWS_TOO_MANY)},
    {.method = HTTP_POST,
     .path = "/auth/device",
     .access = ROUTE_FOR_PEOPLE,
     .body = FORM(device_form),
     .handle = handle_device_form,
     .cache_control = NO_STORE,
     .id = "deviceDecision",
     .tag = "auth",
     .summary = "The code, and the person's decision.",
     .description = "For browsers.",
     .answers = ANSWERS(SHOWS(200, "Asks for the decision, or says that it is done."), LEADS_TO_SIGN_IN,
                        SHOWS(400, "There is no code in the form."), SHOWS_UNKNOWN_CODE, SHOWS_TOO_MANY)},
    {.method = HTTP_GET,
     .path = "/auth/sign-in",
     .access = ROUTE_FOR_PEOPLE,
     .query = sign_in_query,
     .handle = handle_sign_in_page,
     .cache_control = NO_STORE,
     .id = "signInPage",
     .tag = "auth",
     .summary = "Ask a person for user name and password.",
     .description = "For browsers.",
     .answers = ANSWERS(SHOWS(200, "The form, or who is signed in."), LEADS_BACK)},
    {.method = HTTP_POST,
     .path = "/auth/sign-in",
     .access = ROUTE_FOR_PEOPLE,
     .body = SIGN_IN(sign_in_form),
     .handle = handle_sign_in,
     .cache_control = NO_STORE,
     .id = "signIn",
     .tag = "auth",
     .summary = "Sign a person in.",
     .description = "For browsers.",
     .answers =
         ANSWERS(LEADS_BACK, SHOWS(400, "Something is missing."),
                 SHOWS(403, "User name or password are wrong, or the form is out of date or forged."), SHOWS_TOO_MANY)},
    {.method = HTTP_POST,
     .path = "/auth/sign-out",
     .access = ROUTE_FOR_PEOPLE,
     .body = FORM(sign_out_form),
     .handle = handle_sign_out,
     .cache_control = NO_STORE,
     .id = "signOut",
     .tag = "auth",
     .summary = "Sign a person out, and every client with it.",
     .description = "For browsers. All access and refresh tokens that were granted in the session end.",
     .answers = ANSWERS(SHOWS(200, "Done."), LEADS_BACK)},

    {.method = HTTP_GET,
     .path = "/.well-known/oauth-authorization-server",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_metadata,
     .cache_control = "max-age=300",
     .is_public = true,
     .id = "metadata",
     .tag = "auth",
     .summary = "Describe the authorization server (RFC 8414).",
     .description = "All addresses begin with the configured public URL.",
     .answers = ANSWERS(GIVES(200, metadata_model, "The metadata."))},
    {.method = HTTP_GET,
     .path = "/.well-known/jwks.json",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_jwks,
     .cache_control = "max-age=60",
     .is_public = true,
     .id = "keys",
     .tag = "auth",
     .summary = "Publish the keys that verify access tokens (RFC 7517).",
     .description = "Keys are added before they sign and stay until their last token has expired.",
     .answers = ANSWERS(GIVES(200, key_set_model, "The public keys."))},

    {.method = HTTP_GET,
     .path = "/",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_front,
     .cache_control = "no-cache",
     .is_public = true,
     .id = "front",
     .tag = "service",
     .summary = "Tell what this is.",
     .description = "A browser, whose Accept prefers text/html, gets the front page.",
     .answers = ANSWERS(GIVES_WITH(200, service_model, ANSWER_OR_PAGE, "What this is, or the front page."))},
    {.method = HTTP_GET,
     .path = "/docs",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_reference,
     .cache_control = "no-cache",
     .is_public = true,
     .id = "reference",
     .tag = "service",
     .summary = "Show the reference of the API.",
     .description = "For browsers. It is made from the same tables as openapi.json.",
     .answers = ANSWERS(SHOWS_WITH(200, ANSWER_ETAG, "The reference."),
                        HEADERS_ONLY(304, ANSWER_ETAG, "The reference has not changed.")),
     .refusals = REFUSALS(ERR_TOO_MANY),
     .headers = HEADERS("If-None-Match")},
    {.method = HTTP_GET,
     .path = "/health",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_health,
     .cache_control = NO_STORE,
     .id = "health",
     .tag = "service",
     .summary = "Tell that the process serves requests.",
     .description = "Does not ask the database.",
     .answers = ANSWERS(GIVES(200, health_model, "The process serves requests."))},
    {.method = HTTP_GET,
     .path = "/health/ready",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_ready,
     .cache_control = NO_STORE,
     .id = "ready",
     .tag = "service",
     .summary = "Tell whether the database answers and its schema is current.",
     .description = "For load balancers: who gets 503 here should get no requests.",
     .answers = ANSWERS(GIVES(200, health_model, "The database answers and has the current schema.")),
     .refusals = REFUSALS(ERR_UNAVAILABLE)},
    {.method = HTTP_GET,
     .path = "/openapi.json",
     .access = ROUTE_FOR_ANYONE,
     .handle = handle_openapi,
     .cache_control = "no-cache",
     .is_public = true,
     .id = "openapi",
     .tag = "service",
     .summary = "Describe this API (OpenAPI 3.1).",
     .description = "Describes what this instance serves. Scripts of any origin may read it.",
     .answers = ANSWERS(GIVES(200, openapi_model, "This document.")),
     .refusals = REFUSALS(ERR_TOO_MANY)},
    {.path = NULL},
};
