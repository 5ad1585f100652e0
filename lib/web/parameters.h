/* The parameters of a query or a form as OAuth and our pages read them: texts, each of which may be there once.
 *
 *     struct urlencoded form = urlencoded_parse(arena, body);
 *     struct text user_code = parameters_find(&form, "user_code");
 */
#ifndef ORGD_PARAMETERS_H
#define ORGD_PARAMETERS_H

#include "base/error.h"
#include "urlencoded.h"

/* A parameter's value; without data if it is absent, empty (RFC 6749, 3.1) or not UTF-8. */
struct text parameters_find(const struct urlencoded *parameters, const char *name);

/* ERR_INVALID_REQUEST if there are too many parameters, or one is there more than once, which RFC 6749, 3.1 and 3.2
 * forbid, or is no text. */
int parameters_check(const struct urlencoded *parameters, struct error *err) NODISCARD;

/* False if the parameter is there more than once, or is no text. */
bool parameters_is_sound(const struct urlencoded *parameters, const char *name);

/* The parameters as a query again, everything escaped that may be; in the arena. What belongs to a form of ours alone,
 * its `form_token`, is left out: URLs get into logs and histories. */
const char *parameters_encode(struct arena *arena, const struct urlencoded *parameters);

#endif
