/* Long-lived secrets that people manage: API keys of service accounts, and personal access tokens of users.
 *
 *     const struct timestamp never = {0};
 *     char key[SECRET_TEXT_SIZE];
 *
 *     if (key_create(call, KEY_OF_SERVICE, &account.id, NULL, never, key, err) < 0)
 *         return -1;
 *     puts(key);
 *     memory_wipe(key, sizeof(key));
 */
#ifndef ORGD_KEY_H
#define ORGD_KEY_H

#include "domain/access/secret.h"
#include "domain/call.h"

enum key_kind { KEY_OF_SERVICE, KEY_OF_USER };

struct key {
    struct id id;
    struct text name;
    bool is_active;
    struct timestamp created;
    struct timestamp rotated;
    struct timestamp retained_until;
    struct timestamp expires; /* 0: never */
};

/* All of these fail with ERR_NOT_FOUND if an id is unknown, ERR_EXISTS if a name is taken, and ERR_VALIDATION if a
 * value breaks a rule. */

/* Makes a key for the account, and writes its text to `secret`: show it once, then wipe it. A `name` of NULL makes one
 * up. When it expires (0: never), so do the access tokens made of it; it is removed a day later. */
int key_create(const struct call *call, enum key_kind kind, const struct id *account_id, const char *name,
               struct timestamp expires, char secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Lists the keys of the account by name, in the arena. Returns their number, or -1. */
int64_t key_list(const struct call *call, const struct id *account_id, struct key **out, struct error *err) NODISCARD;

int key_get(const struct call *call, enum key_kind kind, const struct id *id, struct key *out,
            struct error *err) NODISCARD;

/* Makes up a new secret for the API key `id`. It does not count before key_rotate(): so show it first. Fails with
 * ERR_FORBIDDEN if the key has expired: no secret would open anything. */
int key_new_secret(const struct call *call, const struct id *id, char secret[SECRET_TEXT_SIZE],
                   struct error *err) NODISCARD;

/* Makes that secret the key's. The old one, and the access tokens made of it, stay valid until
 * `retained_until` (0: not at all). */
int key_rotate(const struct call *call, const struct id *id, const char *secret, struct timestamp retained_until,
               struct error *err) NODISCARD;

/* Deactivating ends the access tokens made of the key, too: activating does not revive them. */
int key_set_active(const struct call *call, enum key_kind kind, const struct id *id, bool is_active,
                   struct error *err) NODISCARD;
int key_delete(const struct call *call, enum key_kind kind, const struct id *id, struct error *err) NODISCARD;

#endif
