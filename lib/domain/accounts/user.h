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

struct user_page {
    size_t count; /* how many accounts are on the page */
    bool has_more;
    struct id last; /* the last of them */
    int64_t total;  /* how many match the filters, on all pages; if asked for */
};

/* An answer, that of GET /users/me, and what a list's query may hold. */
extern const struct model user_model;
extern const struct model user_me_model;
extern const struct field user_list_fields[];

/* Checks the query of a list. Faults go to call->faults. */
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
int user_list(const struct call *call, const struct user_filter *filter, struct buf *out, struct user_page *page,
              struct error *err) NODISCARD;

#define USER_ETAG_SIZE 64
/* Returns the strong entity tag of user_model, with its quotes. */
void user_etag(const struct account *account, char out[USER_ETAG_SIZE]);

#endif
