/* Service accounts of an organization: accounts of programs, which act there with the roles that they have, by keys.
 *
 *     struct account account;
 *
 *     if (service_account_get(call, &organization_id, id_or_username, &account, err) < 0)
 *         return -1;
 *     fields_write_json(out, user_service_account_model.fields, &account);
 */
#ifndef ORGD_SERVICE_ACCOUNT_H
#define ORGD_SERVICE_ACCOUNT_H

#include <jansson.h>

#include "domain/access/listing.h"
#include "domain/accounts/account.h"
#include "domain/precondition.h"
#include "web/fields.h"
#include "web/paging.h"

/* The values of a POST or PATCH. */
struct service_account_input {
    struct account_change change; /* username, name, description, and whether it is active */
    struct id role_id;            /* of a POST; nil: none */
};

struct service_account_filter {
    struct text name_key;   /* of the whole username; without data: of any */
    struct text search;     /* a part of the name; likewise */
    struct text search_key; /* a part of the username's key; likewise */
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this account; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

/* How many an organization has. */
#define SERVICE_ACCOUNT_MAX 1000

/* What a POST's and a PATCH's body, and a list's query may hold. Answers are of user_service_account_model. */
extern const struct model service_account_create_model;
extern const struct model service_account_update_model;
extern const struct field service_account_list_fields[];

/* Check a body (any JSON value) or a query. Faults go to call->faults. */
int service_account_input_for_create(const struct call *call, const json_t *body, struct service_account_input *out,
                                     struct error *err) NODISCARD;
int service_account_input_for_update(const struct call *call, const json_t *body, struct service_account_input *out,
                                     struct error *err) NODISCARD;
int service_account_filter_from_query(const struct call *call, const struct urlencoded *query,
                                      struct service_account_filter *out, struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see
 * the organization or there is no such service account, and ERR_FORBIDDEN if the caller may see it but not do this. A
 * service account is found by its id or by its username, without regard to case. Operators may call all but the list.
 */

/* Writes the page as a JSON list, and nothing else, into `out`; in the order of the ids, which is that of their
 * creation. One round trip, and one for the total. */
int service_account_list(const struct call *call, const struct id *organization_id,
                         const struct service_account_filter *filter, struct buf *out, struct page *page,
                         struct error *err) NODISCARD;

int service_account_get(const struct call *call, const struct id *organization_id, struct text id_or_username,
                        struct account *out, struct error *err) NODISCARD;

/* Who creates one with a role must have all that is in the role. Also fails with ERR_NOT_FOUND if the organization has
 * no such role, ERR_EXISTS if it has a service account of this name, ERR_FORBIDDEN if it has as many as it may, and
 * ERR_VALIDATION. */
int service_account_create(const struct call *call, const struct id *organization_id,
                           const struct service_account_input *input, struct account *out, struct error *err) NODISCARD;

/* Who changes or deletes one must have all that it has. Deactivating ends all access tokens of its keys for good, and
 * the keys as long as it is not active. Also fails with ERR_PRECONDITION and ERR_EXISTS. `precondition` may be NULL. */
int service_account_update(const struct call *call, const struct id *organization_id, struct text id_or_username,
                           const struct service_account_input *input, const struct precondition *precondition,
                           struct account *out, struct error *err) NODISCARD;

/* Ends it for good: its name is free, and its keys open nothing with the next request. Also fails with
 * ERR_PRECONDITION. `precondition` may be NULL. */
int service_account_delete(const struct call *call, const struct id *organization_id, struct text id_or_username,
                           const struct precondition *precondition, struct error *err) NODISCARD;

#endif
