/* What opens a person's account besides keys, for the person: the browsers that are signed in (sessions), and the
 * applications that were let in (grants). None of this is for a token that was given to an application.
 *
 *     if (way_in_list(call, WAY_IN_GRANT, &filter, out, &page, err) < 0)
 *         return -1;
 */
#ifndef ORGD_WAY_IN_H
#define ORGD_WAY_IN_H

#include "domain/call.h"
#include "web/fields.h"
#include "web/paging.h"

enum way_in_kind { WAY_IN_SESSION, WAY_IN_GRANT };

struct way_in {
    struct id id;
    struct text client;      /* of a grant: the client's id, registered or not */
    struct text client_name; /* of a grant: without data if the client is not registered */
    struct timestamp created;
    struct timestamp last_used; /* of a grant: the hour in which its tokens were used or made last */
    struct timestamp expires;   /* unless used before */
};

struct way_in_filter {
    int64_t offset;
    int64_t limit;
    struct id after; /* nil: from the first on */
    bool include_total;
    struct paging_given given;
};

extern const struct model session_model;
extern const struct model grant_model;
extern const struct field way_in_list_fields[];

/* Checks the query of a list. Faults go to call->faults. */
int way_in_filter_from_query(const struct call *call, const struct urlencoded *query, struct way_in_filter *out,
                             struct error *err) NODISCARD;

/* The next two fail with ERR_UNAUTHORIZED if the credential is not valid, and ERR_FORBIDDEN if it is an application's.
 */

/* Writes the page as a JSON list, in the order of creation. One round trip. */
int way_in_list(const struct call *call, enum way_in_kind kind, const struct way_in_filter *filter, struct buf *out,
                struct page *page, struct error *err) NODISCARD;

/* Ends one for good, with all tokens that came of it. A session ends with all that was granted in it. Callers end their
 * own, and operators anybody's. Also fails with ERR_NOT_FOUND. */
int way_in_end(const struct call *call, enum way_in_kind kind, const struct id *id, struct error *err) NODISCARD;

/* For operators */

/* Whose it is. */
struct way_in_owner {
    struct id account_id;
    struct text name;
};

/* Lists those of an account in the order of creation, in the arena. Returns their number, or -1. */
int64_t way_in_list_all(const struct call *call, enum way_in_kind kind, const struct id *account_id,
                        struct way_in **out, struct error *err) NODISCARD;

/* Finds whose it is. Fails with ERR_NOT_FOUND if there is none, or it has ended. */
int way_in_find_owner(const struct call *call, enum way_in_kind kind, const struct id *id, struct way_in_owner *out,
                      struct error *err) NODISCARD;

#endif
