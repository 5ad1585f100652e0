/* What who has forgotten a password may do: ask for a mail with a link, and choose another password by it.
 *
 *     if (password_reset_begin(call, address, err) < 0)
 *         return -1;
 *     … answer, which is the same for everybody
 *     if (password_reset_mail(call, name, &err) < 0)
 *         log_warning(…); */
#ifndef ORGD_PASSWORD_RESET_H
#define ORGD_PASSWORD_RESET_H

#include "mailed_link.h"

/* Counts the wish for a mail, by the network address (NULL: unknown) that it comes from. Fails with ERR_TOO_MANY. */
int password_reset_begin(const struct call *call, const char *address, struct error *err) NODISCARD;

/* Sends a mail to the verified address of the user who is called so, by user name or by that address. Call it when the
 * answer has been sent: what it does, and for how long, tells whether there is such a user. Who has no password and
 * signs in with another issuer's account gets a mail that says so. Nobody gets one who is deactivated, whose address is
 * not verified, or who has had several just now: that is noted as a refusal. */
int password_reset_mail(const struct call *call, struct text name, struct error *err) NODISCARD;

/* Chooses the password: uses the link up and ends all sessions, grants, access tokens and mailed links of the user.
 * Fails like mailed_link_open(), with ERR_VALIDATION if the password breaks a rule, and with ERR_BUSY while others'
 * passwords are hashed. */
int password_reset_set(const struct call *call, struct text secret, struct text password, struct error *err) NODISCARD;

#endif
