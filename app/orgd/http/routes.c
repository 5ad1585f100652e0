#include "routes.h"

#include "handlers.h"

#define PRIVATE "private, no-cache"
#define NO_STORE "no-store"
#define ORGANIZATION "/organizations/{organization_id_or_name}"

const struct route routes[] = {
    {HTTP_GET, "/organizations", ROUTE_FOR_CALLERS, ROUTE_NO_BODY, PRIVATE, handle_list_organizations,
     "List the organizations the caller may see."},
    {HTTP_POST, "/organizations", ROUTE_FOR_CALLERS, ROUTE_JSON_BODY, PRIVATE, handle_create_organization,
     "Create an organization."},
    {HTTP_GET, ORGANIZATION, ROUTE_FOR_CALLERS, ROUTE_NO_BODY, PRIVATE, handle_get_organization,
     "Get an organization by id or name."},
    {HTTP_PATCH, ORGANIZATION, ROUTE_FOR_CALLERS, ROUTE_JSON_BODY, PRIVATE, handle_update_organization,
     "Update an organization."},
    {HTTP_DELETE, ORGANIZATION, ROUTE_FOR_CALLERS, ROUTE_NO_BODY, PRIVATE, handle_delete_organization,
     "Delete an organization and all that belongs to it."},
    {HTTP_GET, "/users/me", ROUTE_FOR_CALLERS, ROUTE_NO_BODY, PRIVATE, handle_whoami, "Tell who the caller is."},
    {HTTP_POST, "/auth/login", ROUTE_FOR_ANYONE, ROUTE_FORM_BODY, NO_STORE, handle_login,
     "Exchange a client's credentials for an access token."},
    {HTTP_POST, "/auth/token", ROUTE_FOR_ANYONE, ROUTE_FORM_BODY, NO_STORE, handle_token,
     "Exchange a grant for an access token (RFC 6749)."},
    {HTTP_POST, "/auth/revoke", ROUTE_FOR_ANYONE, ROUTE_FORM_BODY, NO_STORE, handle_revoke,
     "Revoke a token (RFC 7009)."},
    {HTTP_POST, "/auth/introspect", ROUTE_FOR_ANYONE, ROUTE_FORM_BODY, NO_STORE, handle_introspect,
     "Tell whether a token counts (RFC 7662)."},
    {HTTP_POST, "/auth/device_authorization", ROUTE_FOR_ANYONE, ROUTE_FORM_BODY, NO_STORE, handle_device_authorization,
     "Start the device grant (RFC 8628)."},
    {HTTP_GET, "/auth/authorize", ROUTE_FOR_PEOPLE, ROUTE_NO_BODY, NO_STORE, handle_authorize,
     "Ask a person to let a client in (RFC 6749)."},
    {HTTP_POST, "/auth/authorize", ROUTE_FOR_PEOPLE, ROUTE_REQUEST_OR_DECISION_BODY, NO_STORE, handle_authorize_form,
     "The person's decision, or the same request as a form."},
    {HTTP_GET, "/auth/device", ROUTE_FOR_PEOPLE, ROUTE_NO_BODY, NO_STORE, handle_device_page,
     "Ask a person for the code that a device shows."},
    {HTTP_POST, "/auth/device", ROUTE_FOR_PEOPLE, ROUTE_FORM_BODY, NO_STORE, handle_device_form,
     "The code, and the person's decision."},
    {HTTP_GET, "/auth/sign-in", ROUTE_FOR_PEOPLE, ROUTE_NO_BODY, NO_STORE, handle_sign_in_page,
     "Ask a person for user name and password."},
    {HTTP_POST, "/auth/sign-in", ROUTE_FOR_PEOPLE, ROUTE_FORM_BODY, NO_STORE, handle_sign_in, "Sign a person in."},
    {HTTP_POST, "/auth/sign-out", ROUTE_FOR_PEOPLE, ROUTE_FORM_BODY, NO_STORE, handle_sign_out,
     "Sign a person out, and every client with it."},
    {HTTP_GET, "/.well-known/oauth-authorization-server", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, "max-age=300",
     handle_metadata, "Describe the authorization server (RFC 8414)."},
    {HTTP_GET, "/.well-known/jwks.json", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, "max-age=60", handle_jwks,
     "Publish the keys that verify access tokens (RFC 7517)."},
    {HTTP_GET, "/health", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, NO_STORE, handle_health, "Tell that the process lives."},
    {HTTP_GET, "/health/ready", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, NO_STORE, handle_ready,
     "Tell whether the database answers and its schema is current."},
    {HTTP_GET, "/openapi.json", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, "no-cache", handle_openapi,
     "Describe this API (OpenAPI 3.1)."},
    {.path = NULL},
};
