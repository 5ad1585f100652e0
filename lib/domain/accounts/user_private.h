/* What the files of user.h share. */
#ifndef ORGD_USER_PRIVATE_H
#define ORGD_USER_PRIVATE_H

#include "user.h"

/* Reads caller and account at once. Fails like user_get(). */
int user_see(const struct call *call, const struct id *id, struct principal *principal, struct account *out,
             struct error *err) NODISCARD;

#endif
