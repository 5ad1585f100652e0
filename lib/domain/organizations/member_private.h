/* Shared by the files of the module member, and by those whose writes begin or end a membership. */
#ifndef ORGD_MEMBER_PRIVATE_H
#define ORGD_MEMBER_PRIVATE_H

#include "db/db_unit.h"
#include "member.h"

#define OWNER_STAYS "The owner of an organization cannot leave it; transfer the ownership first."

/* Adds what makes an account a member of the organization of the role, with this role alone. The transaction fails with
 * ERR_NOT_FOUND if the organization or the account has ended. */
void member_begin(struct db_unit *unit, const struct any_role *role, const struct id *account_id);

/* Adds what ends a membership: the member leaves all teams, and all roles are taken away. The transaction fails with
 * ERR_FORBIDDEN for the owner's. */
void member_leave(struct db_unit *unit, const struct id *organization_id, const struct id *account_id);

#endif
