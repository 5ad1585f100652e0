/* The handlers that the rows of routes.c name: each reads the request, calls the domain and answers. */
#ifndef ORGD_HANDLERS_H
#define ORGD_HANDLERS_H

#include "exchange.h"

int handle_list_organizations(struct exchange *exchange, struct error *err);
int handle_create_organization(struct exchange *exchange, struct error *err);
int handle_get_organization(struct exchange *exchange, struct error *err);
int handle_update_organization(struct exchange *exchange, struct error *err);
int handle_delete_organization(struct exchange *exchange, struct error *err);

int handle_list_organization_events(struct exchange *exchange, struct error *err);
int handle_list_own_events(struct exchange *exchange, struct error *err);
int handle_list_events(struct exchange *exchange, struct error *err);

int handle_list_invitations(struct exchange *exchange, struct error *err);
int handle_create_invitation(struct exchange *exchange, struct error *err);
int handle_create_invitations(struct exchange *exchange, struct error *err);
int handle_revoke_invitation(struct exchange *exchange, struct error *err);
int handle_resend_invitation(struct exchange *exchange, struct error *err);
int handle_list_own_invitations(struct exchange *exchange, struct error *err);
int handle_get_invitation(struct exchange *exchange, struct error *err);
int handle_decide_invitation(struct exchange *exchange, struct error *err);
int handle_change_password(struct exchange *exchange, struct error *err);
int handle_forgotten_password_page(struct exchange *exchange, struct error *err);
int handle_forgotten_password(struct exchange *exchange, struct error *err);
int handle_reset_password_page(struct exchange *exchange, struct error *err);
int handle_reset_password(struct exchange *exchange, struct error *err);
int handle_confirm_address_page(struct exchange *exchange, struct error *err);
int handle_confirm_address(struct exchange *exchange, struct error *err);
int handle_invitation_page(struct exchange *exchange, struct error *err);
int handle_invitation_decision(struct exchange *exchange, struct error *err);
int handle_invitation_joining(struct exchange *exchange, struct error *err);

int handle_list_permissions(struct exchange *exchange, struct error *err);
int handle_list_roles(struct exchange *exchange, struct error *err);
int handle_create_role(struct exchange *exchange, struct error *err);
int handle_get_role(struct exchange *exchange, struct error *err);
int handle_update_role(struct exchange *exchange, struct error *err);
int handle_delete_role(struct exchange *exchange, struct error *err);
int handle_list_assignments(struct exchange *exchange, struct error *err);
int handle_assign_role(struct exchange *exchange, struct error *err);
int handle_unassign_role(struct exchange *exchange, struct error *err);

int handle_list_members(struct exchange *exchange, struct error *err);
int handle_remove_member(struct exchange *exchange, struct error *err);

int handle_list_teams(struct exchange *exchange, struct error *err);
int handle_create_team(struct exchange *exchange, struct error *err);
int handle_get_team(struct exchange *exchange, struct error *err);
int handle_update_team(struct exchange *exchange, struct error *err);
int handle_delete_team(struct exchange *exchange, struct error *err);
int handle_list_team_members(struct exchange *exchange, struct error *err);
int handle_add_team_member(struct exchange *exchange, struct error *err);
int handle_remove_team_member(struct exchange *exchange, struct error *err);

int handle_whoami(struct exchange *exchange, struct error *err);
int handle_list_users(struct exchange *exchange, struct error *err);
int handle_create_user(struct exchange *exchange, struct error *err);
int handle_get_user(struct exchange *exchange, struct error *err);
int handle_update_user(struct exchange *exchange, struct error *err);
int handle_delete_user(struct exchange *exchange, struct error *err);
int handle_list_sessions(struct exchange *exchange, struct error *err);
int handle_end_session(struct exchange *exchange, struct error *err);
int handle_list_grants(struct exchange *exchange, struct error *err);
int handle_end_grant(struct exchange *exchange, struct error *err);

int handle_list_service_accounts(struct exchange *exchange, struct error *err);
int handle_create_service_account(struct exchange *exchange, struct error *err);
int handle_get_service_account(struct exchange *exchange, struct error *err);
int handle_update_service_account(struct exchange *exchange, struct error *err);
int handle_delete_service_account(struct exchange *exchange, struct error *err);

int handle_list_own_keys(struct exchange *exchange, struct error *err);
int handle_create_own_key(struct exchange *exchange, struct error *err);
int handle_get_own_key(struct exchange *exchange, struct error *err);
int handle_update_own_key(struct exchange *exchange, struct error *err);
int handle_delete_own_key(struct exchange *exchange, struct error *err);
int handle_rotate_own_key(struct exchange *exchange, struct error *err);

int handle_list_keys(struct exchange *exchange, struct error *err);
int handle_create_key(struct exchange *exchange, struct error *err);
int handle_get_key(struct exchange *exchange, struct error *err);
int handle_update_key(struct exchange *exchange, struct error *err);
int handle_delete_key(struct exchange *exchange, struct error *err);
int handle_rotate_key(struct exchange *exchange, struct error *err);

int handle_login(struct exchange *exchange, struct error *err);
int handle_token(struct exchange *exchange, struct error *err);
int handle_revoke(struct exchange *exchange, struct error *err);
int handle_introspect(struct exchange *exchange, struct error *err);
int handle_device_authorization(struct exchange *exchange, struct error *err);
int handle_metadata(struct exchange *exchange, struct error *err);
int handle_jwks(struct exchange *exchange, struct error *err);

/* Returns the other place where signing in on the way to `next` may end: at a client, with an error. NULL if there is
 * none. */
const char *authorize_form_target(struct exchange *exchange, const char *next);

int handle_authorize(struct exchange *exchange, struct error *err);
int handle_authorize_form(struct exchange *exchange, struct error *err);
int handle_device_page(struct exchange *exchange, struct error *err);
int handle_device_form(struct exchange *exchange, struct error *err);
int handle_sign_in_page(struct exchange *exchange, struct error *err);
int handle_sign_in(struct exchange *exchange, struct error *err);
int handle_sign_out(struct exchange *exchange, struct error *err);

/* Shows a refusal as a page. For problem.c alone: sets the status and writes the body. */
void show_problem(struct exchange *exchange, const struct error *err);

int handle_front(struct exchange *exchange, struct error *err);
int handle_reference(struct exchange *exchange, struct error *err);

int handle_health(struct exchange *exchange, struct error *err);
int handle_ready(struct exchange *exchange, struct error *err);
int handle_metrics(struct exchange *exchange, struct error *err);
int handle_openapi(struct exchange *exchange, struct error *err);

#endif
