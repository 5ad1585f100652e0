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

/* The standing of a caller in one organization. */
struct standing {
    bool is_superuser;
    bool is_owner;
    enum role role;
};

/* True if a caller with that standing has the permission. A caller who may not read must not learn that the
 * organization exists. */
bool standing_allows(const struct standing *standing, enum permission permission);

/* True if a caller with that standing may give the organization to another owner. No role allows this. */
bool standing_may_transfer(const struct standing *standing);

/* Convert between a role and its name in the database and in orgctl. ROLE_NONE has no name. */
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *out);

#endif
