/* A new password of a user, as a part of a transaction. */
#ifndef ORGD_PASSWORD_CHANGE_H
#define ORGD_PASSWORD_CHANGE_H

#include "account.h"
#include "domain/events/event.h"

/* Adds the new password, given as its hash, to a transaction, and with it the end of all sessions, grants, access
 * tokens and mailed links of the user, the event, and a mail that tells it to the verified address. */
void password_change_plan(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                          const struct account *account, struct text hash);

/* Hashes a password when it is this process's turn. Fails as hashing_begin() does. */
int password_change_hash(const struct call *call, struct text password, struct text *out, struct error *err) NODISCARD;

#endif
