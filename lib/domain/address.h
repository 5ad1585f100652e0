/* Email addresses of accounts. A verified one belongs to one account alone, without regard to case; it has a key in the
 * database, which is unique. One that is not verified has none: it blocks nothing and nobody.
 *
 *     if (address_check(address, err) < 0)
 *         return -1;
 *     params.email_key = address_key(call->arena, address, is_verified); */
#ifndef ORGD_ADDRESS_H
#define ORGD_ADDRESS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "web/fields.h"

#define ADDRESS_LENGTH_MAX 254

/* Checks that HTML would take the address in <input type=email>; so it is ASCII. One without data is fine. Fails with
 * ERR_VALIDATION. */
int address_check(struct text address, struct error *err) NODISCARD;

/* The same rule for a field of at most ADDRESS_LENGTH_MAX characters (fields.h). */
const struct field_complaint *address_complaint(struct arena *arena, struct text address);

/* Returns what makes verified addresses the same, in the arena; without data if the address is not verified, or is
 * none. */
struct text address_key(struct arena *arena, struct text address, bool is_verified);

#endif
