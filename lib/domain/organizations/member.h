/* The members of an organization. Membership is having a role in it: assignment.h gives and takes single roles.
 *
 *     if (member_remove(call, &organization_id, &user_id, err) < 0)
 *         return -1;
 */
#ifndef ORGD_MEMBER_H
#define ORGD_MEMBER_H

#include "domain/access/listing.h"
#include "domain/accounts/account.h"
#include "role.h"
#include "web/fields.h"
#include "web/paging.h"

struct member_filter {
    struct id role_id; /* that is assigned to it; nil: any */
    bool include_users;
    bool include_service_accounts;
    bool include_teams;
    bool include_invitations;
    struct text search; /* a part of a name; without data: any */
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this account, team or invitation; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

/* An answer, and what the query of a list, and that of a removal, may hold. */
extern const struct model member_model;
extern const struct field member_list_fields[];
extern const struct field member_fields[];

/* Check a query. Faults go to call->faults. */
int member_filter_from_query(const struct call *call, const struct urlencoded *query, struct member_filter *out,
                             struct error *err) NODISCARD;
int member_id_from_query(const struct call *call, const struct urlencoded *query, struct id *out,
                         struct error *err) NODISCARD;

/* Both fail with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see the
 * organization, and ERR_FORBIDDEN if the caller may see it but not do this. */

/* Writes the page as a JSON list, and nothing else, into `out`: accounts, teams and, to who has
 * invitation:read, pending invitations, in the order in which they came. */
int member_list(const struct call *call, const struct id *organization_id, const struct member_filter *filter,
                struct buf *out, struct page *page, struct error *err) NODISCARD;

/* Ends a membership: all roles and memberships of teams go. Everybody but the owner may leave. Also fails with
 * ERR_NOT_FOUND if there is no such member, and ERR_FORBIDDEN for the owner and for service accounts. */
int member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                  struct error *err) NODISCARD;

/* For operators */

struct member {
    struct id id;
    struct text name;
    bool is_service;
    struct text roles; /* that are assigned to it, by their short names (role_short_name), one a line */
    struct text teams; /* that it is in, by their names, one a line */
    int64_t mask;      /* what it holds, also by its teams */
    bool is_owner;
};

/* Makes the user a member with that role of the organization. Fails with ERR_EXISTS for a member. */
int member_add(const struct call *call, const struct any_role *role, const struct account *user,
               struct error *err) NODISCARD;

/* Makes the account a member with that role of the organization, or makes it the only one that is assigned to it. Fails
 * with ERR_FORBIDDEN for the owner, who stays an admin. */
int member_set(const struct call *call, const struct any_role *role, const struct id *account_id,
               struct error *err) NODISCARD;

/* Lists the members by name, or (`account_id` not nil) one of them, in the arena. Returns their number, or -1. */
int64_t member_list_all(const struct call *call, const struct id *organization_id, const struct id *account_id,
                        struct member **out, struct error *err) NODISCARD;

#endif
