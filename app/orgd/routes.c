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
    {HTTP_GET, "/health", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, NO_STORE, handle_health, "Tell that the process lives."},
    {HTTP_GET, "/health/ready", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, NO_STORE, handle_ready,
     "Tell whether the database answers and its schema is current."},
    {HTTP_GET, "/openapi.json", ROUTE_FOR_ANYONE, ROUTE_NO_BODY, "no-cache", handle_openapi,
     "Describe this API (OpenAPI 3.1)."},
    {.path = NULL},
};
