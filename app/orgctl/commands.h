/* What the commands of commands.c run. */
#ifndef ORGCTL_COMMANDS_H
#define ORGCTL_COMMANDS_H

#include "command.h"

/* Each does what its row of commands.def says. */
#define COMMAND(noun, verb, argument, needs_database, run, ...)                                                        \
    int run(const struct invocation *in, struct error *err) NODISCARD;
#include "commands.def"
#undef COMMAND

/* Part of run_user_set(): the options --password and --password-hash. */
int set_password_if_asked(const struct invocation *in, const struct id *account_id, struct error *err);

#endif
