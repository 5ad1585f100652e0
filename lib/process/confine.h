/* Takes away what a worker does not need, before its first request. This is for good, and holds for every process that
 * the worker might start. */
#ifndef ORGD_CONFINE_H
#define ORGD_CONFINE_H

#include "base/base.h"
#include "base/error.h"

/* Checks whether this kernel can do what confine() needs. */
int confine_check(bool with_filter, struct error *err) NODISCARD;

/* Keeps this process's memory from other processes of the same user: they can neither trace it nor open its files in
 * /proc, such as /proc/PID/mem, and no core file is written. Root still can. It holds for children, until one executes
 * a program, so every start of a program calls it. */
int confine_hide(struct error *err) NODISCARD;

/* Hides the memory, gives up gaining privileges by executing a program, and, `with_filter`, the system calls of
 * confine_calls, and what landlock.h names where the kernel has it, except for files below `logs`. A process that still
 * makes one of these calls logs its name and ends. There is no way back. */
int confine(bool with_filter, const char *logs, struct error *err) NODISCARD;

/* The names of the calls that are not allowed, ended by NULL. */
extern const char *const confine_calls[];

/* Says why a confined process has ended, by the status of waitpid(): returns the name of the call that was stopped, or
 * NULL if it ended otherwise. */
const char *confine_stopped_at(int wait_status);

#endif
