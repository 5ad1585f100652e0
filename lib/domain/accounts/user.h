/* Users and service accounts as the API shows them, and who sees whom: a superuser sees all, and others see themselves
 * and those with whom they share an organization in which they have member:read.
 *
 *     struct account account;
 *
 *     if (user_get(call, &id, &account, err) < 0)
 *         return -1;
 *     fields_write_json(out, user_model.fields, &account);
 */
#ifndef ORGD_USER_H
#define ORGD_USER_H

#include "account.h"
#include "domain/precondition.h"
#include "web/fields.h"
#include "web/paging.h"

struct user_filter {
    struct id user_id;
    struct text username_key; /* of the whole user name; without data: of any */
    struct text email;        /* the whole address, in any case; likewise */
    bool is_active;           /* if `given_is_active` */
    bool given_is_active;
    struct text oauth_provider; /* without data: any, like the next two */
    struct text oauth_id;
    struct text search; /* the beginning of the user name, of the address or of the name */
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this account; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

/* An example without its closing brace, for the models that show users. */
#define USER_EXAMPLE                                                                                                   \
    "{\"id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"username\":\"wile\",\"email\":\"wile@acme.example.com\",\"email_verified\":true,\"name\":\"Wile E.\",\"avatar_url\":\"https://acme.example.com/wile.png\",\"company\":\"Acme\",\"job_title\":\"Genius\",\"metadata\":{\"shoe_size\":43},\"language\":\"en\",\"time_zone\":\"America/Phoenix\",\"is_active\":true,\"is_superuser\":false,\"is_service_account\":false,\"organization_id\":null,\"oauth_provider\":null,\"oauth_id\":null,\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\""

/* An answer, that of GET /users/me, that about a service account, what a POST's and a PATCH's body and a list's query
 * may hold. */
extern const struct model user_model;
extern const struct model user_me_model;
extern const struct model user_service_account_model;
extern const struct model user_create_model;
extern const struct model user_update_model;
extern const struct field user_list_fields[];

/* Check a POST or PATCH body (any JSON value), and the query of a list. Faults go to call->faults. */
int user_input_for_create(const struct call *call, const json_t *body, struct account_change *out,
                          struct error *err) NODISCARD;
int user_input_for_update(const struct call *call, const json_t *body, struct account_change *out,
                          struct error *err) NODISCARD;
int user_filter_from_query(const struct call *call, const struct urlencoded *query, struct user_filter *out,
                           struct error *err) NODISCARD;

/* Each fails with ERR_UNAUTHORIZED if the credential is not valid. */

/* Reads the caller's own account. Whether it is a superuser's is told of the credential: another issuer's token may be
 * limited. One round trip. */
int user_get_self(const struct call *call, struct account *out, struct error *err) NODISCARD;

/* Reads an account that the caller sees. Also fails with ERR_NOT_FOUND, the same whether there is none or the caller
 * does not see it. One round trip. */
int user_get(const struct call *call, const struct id *id, struct account *out, struct error *err) NODISCARD;

/* Writes the page as a JSON list, and nothing else, into `out`. A superuser finds among all accounts. Others find, by
 * user_id, username or email, among those whom they see; without one of these three, themselves alone. Accounts come in
 * the order of their ids, which is that of their creation. */
int user_list(const struct call *call, const struct user_filter *filter, struct buf *out, struct page *page,
              struct error *err) NODISCARD;

/* Creates a user, for superusers: others get ERR_FORBIDDEN. The address counts as verified unless it is said not to be.
 * Also fails with ERR_EXISTS, and with ERR_VALIDATION at body.username. */
int user_create(const struct call *call, const struct account_change *input, struct account *out,
                struct error *err) NODISCARD;

/* Changes an account. People, and service accounts, change what they say about themselves; a new address of theirs is
 * not verified, and an application that a person let in changes none. The user name, whether the account is active and
 * whether the address is verified, and others' accounts, are for superusers: ERR_FORBIDDEN otherwise. Only operators
 * make superusers. Also fails with ERR_NOT_FOUND, ERR_PRECONDITION, ERR_EXISTS, and ERR_VALIDATION at body.username or
 * body.email. A change that changes nothing leaves `updated` and `revision` as they are. */
int user_update(const struct call *call, const struct id *id, const struct account_change *change,
                const struct precondition *precondition, struct account *out, struct error *err) NODISCARD;

/* Ends an account for good: a superuser any, a user the own one, but not by an application. A user who owns
 * organizations stays: ERR_FORBIDDEN says which. Also fails with ERR_NOT_FOUND and ERR_PRECONDITION. */
int user_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                struct error *err) NODISCARD;

#define USER_ETAG_SIZE 64
/* Returns the strong entity tag of user_model, with its quotes. */
void user_etag(const struct account *account, char out[USER_ETAG_SIZE]);

#endif
