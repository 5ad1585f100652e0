/* Long-lived secrets that people manage: API keys of service accounts, and personal access tokens of users. Callers
 * manage their own tokens, and the keys of the service accounts of an organization where they may; operators manage all
 * keys and tokens:
 *
 *     const struct key_owner owner = {.kind = KEY_OF_USER};
 *     char secret[SECRET_TEXT_SIZE];
 *     struct key key;
 *
 *     if (key_input_for_create(call, body, &input, err) < 0 || key_create(call, &owner, &input, &key, secret, err) < 0)
 *         return -1;
 *     key_write_json(out, &key, secret);
 *     memory_wipe(secret, sizeof(secret));
 */
#ifndef ORGD_KEY_H
#define ORGD_KEY_H

#include <jansson.h>

#include "domain/access/secret.h"
#include "domain/call.h"
#include "domain/precondition.h"
#include "web/fields.h"
#include "web/paging.h"

enum key_kind { KEY_OF_SERVICE, KEY_OF_USER };

/* The last characters of a secret, by which people know it. */
#define KEY_HINT_LENGTH 4

/* How many keys, or personal access tokens, an account has. */
#define KEY_MAX 100

struct key {
    struct id id;
    struct text name;
    struct text description;
    struct text hint; /* without data: it is not known */
    bool is_active;
    struct timestamp created;
    struct timestamp last_used; /* to the hour */
    struct timestamp rotated;
    struct timestamp retained_until; /* how long the secret before the last rotation works */
    struct timestamp expires;        /* 0: never */
    int64_t revision;
};

/* Whose keys a call is about: the caller's own, or those of a service account in an organization. An operator names the
 * account alone, or leaves it nil where the id of the key is enough. */
struct key_owner {
    enum key_kind kind;
    struct id account_id;
    struct id organization_id;   /* nil: the caller's own, or an operator's */
    struct text service_account; /* its id or username there */
};

/* Which members a POST or PATCH sent. */
struct key_given {
    bool name;
    bool description;
    bool is_active;
    bool expires_in_minutes;
};

/* The values of a POST or PATCH. */
struct key_input {
    struct text name; /* without data at a creation: one is made up */
    struct text description;
    bool is_active;
    int64_t expires_in_minutes;
    int64_t retain_period_minutes;
    struct key_given given;
};

#define KEY_MINUTES_MAX (INT64_C(10) * 365 * 24 * 60)
#define KEY_RETAINED_MINUTES_MAX (INT64_C(365) * 24 * 60)

struct key_filter {
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this key; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

/* An answer, an answer with the secret, and what a POST's, a PATCH's and a rotation's body, and a list's query hold. */
extern const struct model key_model;
extern const struct model key_secret_model;
extern const struct model key_create_model;
extern const struct model key_update_model;
extern const struct model key_rotate_model;
extern const struct field key_list_fields[];

/* Check a body (any JSON value) and the query of a list. Faults go to call->faults. */
int key_input_for_create(const struct call *call, const json_t *body, struct key_input *out,
                         struct error *err) NODISCARD;
int key_input_for_update(const struct call *call, const json_t *body, struct key_input *out,
                         struct error *err) NODISCARD;
int key_input_for_rotation(const struct call *call, const json_t *body, struct key_input *out,
                           struct error *err) NODISCARD;
int key_filter_from_query(const struct call *call, const struct urlencoded *query, struct key_filter *out,
                          struct error *err) NODISCARD;

/* Checks a description that no JSON body brings. Fails with ERR_VALIDATION. */
int key_check_description(struct text description, struct error *err) NODISCARD;

/* All of these fail with ERR_UNAUTHORIZED if the credential is not valid, ERR_FORBIDDEN if the caller may not do this,
 * ERR_NOT_FOUND if an id is unknown or the caller may not see the organization, ERR_EXISTS if a name is taken,
 * ERR_VALIDATION if a value breaks a rule, and ERR_PRECONDITION. `precondition` may be NULL: there is none. */

/* Who writes a key of a service account must have every permission that the service account has.
 *
 * Makes a key, and writes its text to `secret`: show it once, then wipe it. When it expires, so do the access tokens
 * made of it; it is removed a day later. Fails with ERR_FORBIDDEN if the account has KEY_MAX keys. */
int key_create(const struct call *call, const struct key_owner *owner, const struct key_input *input, struct key *out,
               char secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Lists the keys of an operator's account by name, in the arena. Returns their number, or -1. */
int64_t key_list(const struct call *call, const struct id *account_id, struct key **out, struct error *err) NODISCARD;

/* Writes a page of the owner's keys, in the order of their creation, as a JSON list, into `out`. One round trip. */
int key_list_page(const struct call *call, const struct key_owner *owner, const struct key_filter *filter,
                  struct buf *out, struct page *page, struct error *err) NODISCARD;

/* Reads the key `id` of the owner. One round trip. */
int key_get(const struct call *call, const struct key_owner *owner, const struct id *id, struct key *out,
            struct error *err) NODISCARD;

/* Makes up a new secret for the key `id`. It does not count before key_rotate(): so an operator shows it first. Fails
 * with ERR_FORBIDDEN if the key has expired: no secret would open anything. */
int key_new_secret(const struct call *call, const struct key_owner *owner, const struct id *id,
                   char secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Makes `secret` that of the key, or makes one up and writes it there, if it is the empty string. The old one, and the
 * access tokens made of it, stay valid for input->retain_period_minutes. Fails with ERR_FORBIDDEN if the key has
 * expired. */
int key_rotate(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct key_input *input, const struct precondition *precondition, char secret[SECRET_TEXT_SIZE],
               struct key *out, struct error *err) NODISCARD;

/* Changes what the input gives: name, description, and whether the key is active. Deactivating ends the access tokens
 * made of it, too: activating does not revive them. */
int key_update(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct key_input *input, const struct precondition *precondition, struct key *out,
               struct error *err) NODISCARD;
/* Ends a key, and the access tokens made of it, with the next request. */
int key_delete(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct precondition *precondition, struct error *err) NODISCARD;

/* Writes the answer. `secret` NULL: without it. */
void key_write_json(struct buf *out, const struct key *key, const char *secret);

#define KEY_ETAG_SIZE 64
/* Returns the strong entity tag, with its quotes. It tells what people change of a key. */
void key_etag(const struct key *key, char out[KEY_ETAG_SIZE]);

#endif
