/* Becomes another user, to see what that user sees. */
#ifndef ORGCTL_BECOME_H
#define ORGCTL_BECOME_H

#include "base/error.h"

/* Goes on as the user, with the user's groups, and hides this process's memory from the user's other processes. There
 * is no way back. Fails with ERR_VALIDATION if there is no such user, and with ERR_FORBIDDEN if we are neither root nor
 * that user. */
int become_user(const char *name, struct error *err) NODISCARD;

#endif
