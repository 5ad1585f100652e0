/* Fixed keys, for fuzzing alone, and tokens signed with them. */
#ifndef ORGD_KEYS_H
#define ORGD_KEYS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/base.h"

/* JWK Sets with private members. */
extern const char keys_ours[];     /* "ours" signs by ES256, "retired" once did by RS256 */
extern const char keys_issuer[];   /* "issuer" by ES384, "issuer-rsa" by RS256 */
extern const char keys_stranger[]; /* others of the same names, which nobody trusts */

/* A key of a set; json_decref() releases it. */
json_t *keys_open(const char *set, size_t index);

/* Signs with the key, by the algorithm that the header names or, if it names none, the key's. `header` and `claims` are
 * JSON. Without data if they are no objects, or the key and the algorithm do not go together. */
struct text keys_sign(struct arena *arena, const json_t *key, struct text header, struct text claims);

#endif
