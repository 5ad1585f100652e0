/* What orgd says about its start: which configuration counts, and why there is no start. */
#ifndef ORGD_START_H
#define ORGD_START_H

#include "domain/config.h"

#define START_REFUSED 2 /* the exit status */

/* Says why the program does not start, and, if nobody has named the configuration, how to name another one. Who only
 * checks reads it on the standard error, everybody else in the log as well. Returns START_REFUSED. */
int start_refuse(const struct config *config, bool is_check, const char *message);

/* Says which file the configuration was read from: in the log, or to who checks. */
void start_describe(const struct config *config, bool is_check);

/* Says likewise what is doubtful about the configuration and the environment. */
void start_warn(const struct config *config, bool is_check, struct arena *arena);

#endif
