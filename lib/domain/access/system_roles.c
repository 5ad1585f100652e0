#include "system_roles.h"

#include <assert.h>

static const struct text titles[] = {
    [ROLE_ADMIN] = TEXT("Organization Admin"),   [ROLE_MANAGER] = TEXT("Organization Manager"),
    [ROLE_VIEWER] = TEXT("Organization Viewer"), [ROLE_BILLING_ADMIN] = TEXT("Billing Admin"),
    [ROLE_MEMBER] = TEXT("Organization Member"),
};

struct id system_role_id(const struct id *organization_id, enum role role)
{
    struct id id = *organization_id;

    id.bytes[sizeof(id.bytes) - 1] ^= (uint8_t)role;
    return id;
}

enum role system_role_of_id(const struct id *organization_id, const struct id *id)
{
    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++) {
        struct id candidate = system_role_id(organization_id, role);

        if (id_equal(&candidate, id))
            return role;
    }
    return ROLE_NONE;
}

struct text system_role_title(enum role role)
{
    assert(role > ROLE_NONE && (size_t)role < ARRAY_LENGTH(titles));
    return titles[role];
}
