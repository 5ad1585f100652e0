/* Who may do what with an organization: the table role x action, and nothing else. */
#ifndef ORGD_PERMISSIONS_H
#define ORGD_PERMISSIONS_H

#include "base/base.h"

/* In the order of the ENUM memberships.role, which numbers from 1. */
enum role { ROLE_NONE, ROLE_ADMIN, ROLE_MANAGER, ROLE_VIEWER, ROLE_BILLING_ADMIN, ROLE_MEMBER };

enum action { ACTION_READ, ACTION_UPDATE, ACTION_TRANSFER, ACTION_DELETE };

/* What a principal is to one organization. */
struct standing {
    bool is_superuser;
    bool is_owner;
    enum role role;
};

/* True if a principal of that standing may do this. Who may not even read must not learn that the thing exists. */
bool rbac_allows(const struct standing *standing, enum action action);

/* The role's name, as in the database and in orgctl; and back. ROLE_NONE has none. */
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *out);

#endif
