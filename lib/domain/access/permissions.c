#include "permissions.h"

#include <assert.h>
#include <string.h>

static const char *const role_names[] = {
    [ROLE_ADMIN] = "admin",   [ROLE_MANAGER] = "manager",
    [ROLE_VIEWER] = "viewer", [ROLE_BILLING_ADMIN] = "billing_admin",
    [ROLE_MEMBER] = "member",
};

/* The roles in permissions.def, as bits */
#define ADMIN ROLE_BIT(ROLE_ADMIN)
#define MANAGER ROLE_BIT(ROLE_MANAGER)
#define VIEWER ROLE_BIT(ROLE_VIEWER)
#define BILLING_ADMIN ROLE_BIT(ROLE_BILLING_ADMIN)
#define MEMBER ROLE_BIT(ROLE_MEMBER)
#define EVERYBODY (ADMIN | MANAGER | VIEWER | BILLING_ADMIN | MEMBER)

static const int64_t roles_of[] = {
#define PERMISSION(number, constant, name, roles, sentence) [number] = (roles),
#include "permissions.def"
#undef PERMISSION
};

/* A mask is an int64_t, and never negative. */
_Static_assert(ARRAY_LENGTH(roles_of) == PERMISSIONS_END && PERMISSIONS_END <= 54, "a bit for each permission");

static const char *const names[] = {
#define PERMISSION(number, constant, name, roles, sentence) [number] = (name),
#include "permissions.def"
#undef PERMISSION
};

/* As JSON writes them behind others in a list. */
static const struct text items[] = {
#define PERMISSION(number, constant, name, roles, sentence) [number] = TEXT(",\"" name "\""),
#include "permissions.def"
#undef PERMISSION
};

int64_t mask_permissions(int64_t mask)
{
    int64_t permissions = mask & ~MASK_OF_ROLES;

    for (size_t i = 0; i < ARRAY_LENGTH(roles_of); i++)
        if ((roles_of[i] & mask) != 0)
            permissions |= PERMISSION_BIT(i);
    return permissions;
}

int64_t permission_bits(enum permission permission)
{
    assert((size_t)permission < ARRAY_LENGTH(roles_of));
    return PERMISSION_BIT(permission) | roles_of[permission];
}

bool standing_allows(const struct standing *standing, enum permission permission)
{
    return standing->is_superuser || standing->is_owner || (standing->mask & permission_bits(permission)) != 0;
}

bool standing_holds(const struct standing *standing, int64_t mask)
{
    return standing->is_superuser || standing->is_owner ||
           (mask_permissions(mask) & ~mask_permissions(standing->mask)) == 0;
}

const char *permission_name(enum permission permission)
{
    assert((size_t)permission < ARRAY_LENGTH(names));
    return names[permission];
}

bool permission_parse(struct text name, enum permission *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strlen(names[i]) == name.length && memcmp(names[i], name.data, name.length) == 0) {
            *out = (enum permission)i;
            return true;
        }
    }
    return false;
}

void permissions_write_json(struct buf *out, int64_t mask)
{
    int64_t permissions = mask_permissions(mask);
    size_t comma = 1; /* that the first one goes without */

    buf_add_char(out, '[');
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        if ((permissions & PERMISSION_BIT(i)) == 0)
            continue;
        buf_add(out, items[i].data + comma, items[i].length - comma);
        comma = 0;
    }
    buf_add_char(out, ']');
}

bool standing_may_transfer(const struct standing *standing)
{
    return standing->is_superuser || standing->is_owner;
}

struct text permissions_json(struct arena *arena, int64_t mask)
{
    struct buf buf;
    struct text text;

    buf_init(&buf, SIZE_MAX);
    permissions_write_json(&buf, mask);
    text = (struct text){arena_strndup(arena, buf.data, buf.length), buf.length};
    buf_release(&buf);
    return text;
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
