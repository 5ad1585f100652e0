/* The handlers that routes.c names: each reads the request, calls the domain and answers. */
#ifndef ORGD_HANDLERS_H
#define ORGD_HANDLERS_H

#include "routes.h"

int handle_list_organizations(struct exchange *exchange, struct error *err);
int handle_create_organization(struct exchange *exchange, struct error *err);
int handle_get_organization(struct exchange *exchange, struct error *err);
int handle_update_organization(struct exchange *exchange, struct error *err);
int handle_delete_organization(struct exchange *exchange, struct error *err);

int handle_whoami(struct exchange *exchange, struct error *err);
int handle_login(struct exchange *exchange, struct error *err);

int handle_health(struct exchange *exchange, struct error *err);
int handle_ready(struct exchange *exchange, struct error *err);
int handle_openapi(struct exchange *exchange, struct error *err);

#endif
