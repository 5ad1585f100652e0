/* Which roles are assigned to whom. Assigning the first one makes a user a member of the organization; taking the last
 * one away ends the membership.
 *
 *     const struct holder holder = {.kind = HOLDER_ACCOUNT, .id = user_id};
 *
 *     if (assignment_create(call, &role_id, &holder, &assignment, err) < 0)
 *         return -1;
 *     assignment_write_json(out, &assignment, call->now);
 */
#ifndef ORGD_ASSIGNMENT_H
#define ORGD_ASSIGNMENT_H

#include "domain/access/listing.h"
#include "holder.h"
#include "web/fields.h"
#include "web/paging.h"

struct assignment {
    struct id role_id;
    struct id organization_id;
    struct account account; /* nil id: it is not an account */
    struct team team;       /* likewise */
    struct invitation invitation;
};

struct assignment_filter {
    struct id user_id; /* nil: any */
    struct id team_id;
    struct id invitation_id;
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this user, team or invitation; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

/* An answer, and what the query of a list, and of one assignment, may hold. */
extern const struct model assignment_model;
extern const struct field assignment_list_fields[];
extern const struct field assignment_fields[];

/* Check a query. Faults go to call->faults. Of a holder exactly one must be given. */
int assignment_filter_from_query(const struct call *call, const struct urlencoded *query, struct assignment_filter *out,
                                 struct error *err) NODISCARD;
int assignment_holder_from_query(const struct call *call, const struct urlencoded *query, struct holder *out,
                                 struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see
 * the organization or there is no such role or holder, and ERR_FORBIDDEN if the caller may see it but not do this. A
 * list shows invitations to who has invitation:read. */

/* Writes the page as a JSON list, and nothing else, into `out`; in the order of the ids of the holders. */
int assignment_list(const struct call *call, const struct id *role_id, const struct assignment_filter *filter,
                    struct buf *out, struct page *page, struct error *err) NODISCARD;

/* Also fails with ERR_EXISTS. A user who is no member is found by superusers alone. */
int assignment_create(const struct call *call, const struct id *role_id, const struct holder *holder,
                      struct assignment *out, struct error *err) NODISCARD;

/* Also fails with ERR_FORBIDDEN for the owner's role of an admin. Who loses the last role is no member any more, and an
 * invitation that loses it is revoked. */
int assignment_delete(const struct call *call, const struct id *role_id, const struct holder *holder,
                      struct error *err) NODISCARD;

/* Writes the response model, as JSON. */
void assignment_write_json(struct buf *out, const struct assignment *assignment, struct timestamp now);

#endif
