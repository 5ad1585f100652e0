/* The members of an organization and their roles, for operators. */
#ifndef ORGD_MEMBER_H
#define ORGD_MEMBER_H

#include "domain/access/permissions.h"
#include "domain/accounts/account.h"

struct member {
    struct id id;
    struct text name;
    bool is_service;
    struct text role; /* the system's roles that are assigned to it, by name, with commas between */
    bool is_owner;
};

/* Makes the user a member with that role. Fails with ERR_EXISTS for a member. */
int member_add(const struct call *call, const struct id *organization_id, const struct account *user, enum role role,
               struct error *err) NODISCARD;

/* Makes the account a member with that role, or changes its role. Fails with ERR_FORBIDDEN for the owner, who stays an
 * admin. */
int member_set(const struct call *call, const struct id *organization_id, const struct id *account_id, enum role role,
               struct error *err) NODISCARD;

/* Ends the membership. Fails with ERR_NOT_FOUND if there is none, or if it is the owner's. */
int member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                  struct error *err) NODISCARD;

/* Lists the members by name, in the arena. Returns their number, or -1. */
int64_t member_list(const struct call *call, const struct id *organization_id, struct member **out,
                    struct error *err) NODISCARD;

#endif
