#include "permissions.h"

#include <assert.h>
#include <string.h>

#define MAY(action) (1u << (action))

static const struct {
    const char *name;
    unsigned may;
} roles[] = {
    [ROLE_NONE] = {NULL, 0},
    [ROLE_ADMIN] = {"admin", MAY(ACTION_READ) | MAY(ACTION_UPDATE) | MAY(ACTION_DELETE)},
    [ROLE_MANAGER] = {"manager", MAY(ACTION_READ) | MAY(ACTION_UPDATE)},
    [ROLE_VIEWER] = {"viewer", MAY(ACTION_READ)},
    [ROLE_BILLING_ADMIN] = {"billing_admin", MAY(ACTION_READ)},
    [ROLE_MEMBER] = {"member", MAY(ACTION_READ)},
};

bool rbac_allows(const struct standing *standing, enum action action)
{
    assert((size_t)standing->role < ARRAY_LENGTH(roles));
    return standing->is_superuser || standing->is_owner || (roles[standing->role].may & MAY(action)) != 0;
}

const char *role_name(enum role role)
{
    assert(role > ROLE_NONE && (size_t)role < ARRAY_LENGTH(roles));
    return roles[role].name;
}

bool role_parse(const char *name, enum role *out)
{
    for (size_t i = ROLE_ADMIN; i < ARRAY_LENGTH(roles); i++) {
        if (strcmp(name, roles[i].name) == 0) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}
