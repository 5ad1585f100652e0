/* What orgctl says about its commands: how they are written, what they do, and what somebody may have meant. */
#ifndef ORGCTL_HELP_H
#define ORGCTL_HELP_H

#include <stdio.h>

#include "command.h"

/* True if the command has an option of that number. */
bool help_has_option(const struct command *command, size_t index);

void help_print_synopsis(FILE *file, const struct command *command);
void help_print(const struct command *command);

/* Prints all commands, or (`noun` not NULL) those of one noun. */
void help_print_overview(FILE *file, const char *noun);

/* Prints on standard error which command, or option of `command` (NULL: of all commands), is written nearly so, if
 * there is one. `verb` may be NULL. */
void help_suggest_command(const char *noun, const char *verb);
void help_suggest_option(const char *typed, const struct command *command);

#endif
