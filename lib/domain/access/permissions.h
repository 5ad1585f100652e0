/* Who may do what in an organization: the roles, their permissions (permissions.def), and nothing else. */
#ifndef ORGD_PERMISSIONS_H
#define ORGD_PERMISSIONS_H

#include "base/base.h"

/* In the order of the ENUM orgd_memberships.role, which numbers from 1. */
enum role { ROLE_NONE, ROLE_ADMIN, ROLE_MANAGER, ROLE_VIEWER, ROLE_BILLING_ADMIN, ROLE_MEMBER };

enum permission {
#define PERMISSION(constant, name, roles, sentence) PERMISSION_##constant,
#include "permissions.def"
#undef PERMISSION
};

/* What a caller is to one organization. */
struct standing {
    bool is_superuser;
    bool is_owner;
    enum role role;
};

/* True if a caller of that standing has the permission. Who may not even read must not learn that the organization
 * exists. */
bool standing_allows(const struct standing *standing, enum permission permission);

/* True if a caller of that standing may give the organization to another owner. No role has this. */
bool standing_may_transfer(const struct standing *standing);

/* The role's name, as in the database and in orgctl; and back. ROLE_NONE has none. */
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *out);

#endif
