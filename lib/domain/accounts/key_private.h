/* Shared by the files of the module key alone. */
#ifndef ORGD_KEY_PRIVATE_H
#define ORGD_KEY_PRIVATE_H

#include "db/db_unit.h"
#include "key_sql.h"

/* What is done: a secret that is given, or works again, must not open more than its giver may do. */
enum key_action { KEY_READ, KEY_CREATE, KEY_UPDATE, KEY_OPEN, KEY_DELETE };

extern const struct key_kind_names {
    struct text name; /* in the database */
    const char *prefix;
    const char *word;
    const char *unknown;
    const char *created; /* the actions on record */
    const char *updated;
    const char *rotated;
    const char *activated;
    const char *deactivated;
    const char *deleted;
} key_kinds[];

/* True if a caller asks for the keys of a service account of an organization. */
bool key_is_in_organization(const struct key_owner *owner);

/* Returns what reads the owner, and the key `id` (nil: none). */
struct key_params key_params_of(const struct call *call, const struct key_owner *owner, const struct id *id);

/* Fails with ERR_FORBIDDEN if the key has expired: no secret of it would open anything. */
int key_check_life(const struct call *call, const struct key *key, struct error *err) NODISCARD;

/* Reads the caller, the account and, if params->key.id is not nil, the key, at once, and checks whether the caller
 * may do that. `principal` gets who asks. */
int key_see(const struct call *call, const struct key_owner *owner, const struct key_params *params,
            enum key_action action, struct key_row *out, struct principal *principal, struct error *err) NODISCARD;

#endif
