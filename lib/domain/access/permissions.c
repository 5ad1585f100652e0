#include "permissions.h"

#include <assert.h>
#include <string.h>

static const char *const role_names[] = {
    [ROLE_ADMIN] = "admin",   [ROLE_MANAGER] = "manager",
    [ROLE_VIEWER] = "viewer", [ROLE_BILLING_ADMIN] = "billing_admin",
    [ROLE_MEMBER] = "member",
};

/* The roles in permissions.def, as bits */
#define ADMIN (1U << ROLE_ADMIN)
#define MANAGER (1U << ROLE_MANAGER)
#define VIEWER (1U << ROLE_VIEWER)
#define BILLING_ADMIN (1U << ROLE_BILLING_ADMIN)
#define MEMBER (1U << ROLE_MEMBER)
#define EVERYBODY (ADMIN | MANAGER | VIEWER | BILLING_ADMIN | MEMBER)

static const unsigned roles_of[] = {
#define PERMISSION(constant, name, roles, sentence) [PERMISSION_##constant] = (roles),
#include "permissions.def"
#undef PERMISSION
};

bool standing_allows(const struct standing *standing, enum permission permission)
{
    assert((size_t)permission < ARRAY_LENGTH(roles_of));
    return standing->is_superuser || standing->is_owner || (roles_of[permission] & (1U << standing->role)) != 0;
}

bool standing_may_transfer(const struct standing *standing)
{
    return standing->is_superuser || standing->is_owner;
}

const char *role_name(enum role role)
{
    assert(role > ROLE_NONE && (size_t)role < ARRAY_LENGTH(role_names));
    return role_names[role];
}

bool role_parse(const char *name, enum role *out)
{
    for (size_t i = ROLE_ADMIN; i < ARRAY_LENGTH(role_names); i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}
