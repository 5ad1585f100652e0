/* What the commands of commands.c run. */
#ifndef ORGCTL_COMMANDS_H
#define ORGCTL_COMMANDS_H

#include "command.h"

/* Each does what its row of commands.def says. */
#define COMMAND(noun, verb, argument, needs, run, ...)                                                                 \
    int run(const struct invocation *in, struct error *err) NODISCARD;
#include "commands.def"
#undef COMMAND

/* Reads what the options --password and --password-hash ask for: the hash of a new password, or a text without data if
 * neither was given. Fails with ERR_VALIDATION. */
int read_new_password(const struct invocation *in, const struct account *user, struct text *hash,
                      struct error *err) NODISCARD;

/* Part of run_user_show(): adds the identities of the user to the row. */
int add_identities(const struct invocation *in, const struct id *account_id, struct error *err) NODISCARD;

/* Adds to the row what a mask gives, by the names of the permissions. */
void add_permissions(const struct invocation *in, const char *name, int64_t mask);

/* Prints an organization, as 'organization show' does. */
int show_organization(const struct invocation *in, const struct id *id, struct error *err) NODISCARD;

#endif
