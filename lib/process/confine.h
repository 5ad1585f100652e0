/* What a worker gives up before it serves its first request: for good, and for every process that it might start. */
#ifndef ORGD_CONFINE_H
#define ORGD_CONFINE_H

#include "base/base.h"
#include "base/error.h"

/* Whether this kernel can do what confine() is going to ask of it. */
int confine_check(bool with_filter, struct error *err) NODISCARD;

/* Gives up gaining privileges by executing a program, and, `with_filter`, the system calls of confine_calls. A process
 * that makes one of these nevertheless logs its name and ends. There is no way back. */
int confine(bool with_filter, struct error *err) NODISCARD;

/* The names of the calls that are not allowed, ended by NULL. */
extern const char *const confine_calls[];

/* Why a process has ended that was confined: the name of the call it was stopped at, by what waitpid() says of it; or
 * NULL if it ended otherwise. */
const char *confine_stopped_at(int wait_status);

#endif
