/* What a new password must be: long, and not among what somebody would try first.
 *
 *     const struct password_owner owner = {.username = account->name, .email = account->email};
 *
 *     if (password_check(call, password, &owner, err) < 0)
 *         return -1; */
#ifndef ORGD_PASSWORD_RULES_H
#define ORGD_PASSWORD_RULES_H

#include "domain/call.h"

/* Whose password it is to be. Without data: unknown, or none. */
struct password_owner {
    struct text username;
    struct text email;
};

/* Checks a new password. Fails with ERR_VALIDATION and a sentence for the person: it must be one line of UTF-8 without
 * NUL bytes, of at least 12 characters and at most 256 bytes. Refused is, without regard to case and width:
 * - what is among the 100,000 commonest (common_passwords.txt);
 * - what repeats a part of fewer than 12 characters;
 * - what mostly follows the alphabet, the digits or the keyboard: runs of three and more on average;
 * - what is user name, address or operator's name, and fewer than 8 characters or one of the above besides. */
int password_check(const struct call *call, struct text password, const struct password_owner *owner,
                   struct error *err) NODISCARD;

#endif
