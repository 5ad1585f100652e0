/* What the commands of commands.c run. */
#ifndef ORGCTL_COMMANDS_H
#define ORGCTL_COMMANDS_H

#include "command.h"

int run_check(const struct invocation *in, struct error *err);

int run_client_create(const struct invocation *in, struct error *err);
int run_client_delete(const struct invocation *in, struct error *err);
int run_client_list(const struct invocation *in, struct error *err);

int run_key_activate(const struct invocation *in, struct error *err);
int run_key_create(const struct invocation *in, struct error *err);
int run_key_deactivate(const struct invocation *in, struct error *err);
int run_key_delete(const struct invocation *in, struct error *err);
int run_key_list(const struct invocation *in, struct error *err);
int run_key_rotate(const struct invocation *in, struct error *err);

int run_member_list(const struct invocation *in, struct error *err);
int run_member_remove(const struct invocation *in, struct error *err);
int run_member_set(const struct invocation *in, struct error *err);

int run_migrate(const struct invocation *in, struct error *err);

int run_organization_delete(const struct invocation *in, struct error *err);
int run_organization_list(const struct invocation *in, struct error *err);
int run_organization_show(const struct invocation *in, struct error *err);

int run_service_account_activate(const struct invocation *in, struct error *err);
int run_service_account_create(const struct invocation *in, struct error *err);
int run_service_account_deactivate(const struct invocation *in, struct error *err);
int run_service_account_delete(const struct invocation *in, struct error *err);
int run_service_account_list(const struct invocation *in, struct error *err);
int run_service_account_set(const struct invocation *in, struct error *err);
int run_service_account_show(const struct invocation *in, struct error *err);

int run_signing_key_generate(const struct invocation *in, struct error *err);
int run_signing_key_list(const struct invocation *in, struct error *err);
int run_signing_key_prune(const struct invocation *in, struct error *err);
int run_signing_key_rotate(const struct invocation *in, struct error *err);

int run_subscription_set(const struct invocation *in, struct error *err);

int run_token_activate(const struct invocation *in, struct error *err);
int run_token_create(const struct invocation *in, struct error *err);
int run_token_deactivate(const struct invocation *in, struct error *err);
int run_token_delete(const struct invocation *in, struct error *err);
int run_token_list(const struct invocation *in, struct error *err);

int run_user_activate(const struct invocation *in, struct error *err);
int run_user_create(const struct invocation *in, struct error *err);
int run_user_deactivate(const struct invocation *in, struct error *err);
int run_user_list(const struct invocation *in, struct error *err);
int run_user_set(const struct invocation *in, struct error *err);
int run_user_show(const struct invocation *in, struct error *err);

/* Part of run_user_set(): the options --password and --password-hash. */
int set_password_if_asked(const struct invocation *in, const struct id *account_id, struct error *err);

#endif
