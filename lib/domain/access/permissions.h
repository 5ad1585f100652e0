/* Who may do what in an organization: the system's roles, the permissions (permissions.def), and nothing else.
 *
 * What somebody holds is one number, a *mask*, as in orgd_memberships.mask: bits 0 to 4 are the system's roles, and bit
 * 8 + n is the permission with the number n, of roles that were made in the organization. So a permission that a
 * system's role gets with a new version changes no row.
 *
 *     if (!standing_allows(&access.standing, PERMISSION_TEAM_CREATE) || !standing_holds(&access.standing, role->mask))
 *         return error_set(err, ERR_FORBIDDEN, "…");
 */
#ifndef ORGD_PERMISSIONS_H
#define ORGD_PERMISSIONS_H

#include "base/arena.h"
#include "base/buf.h"

/* In the order of the SET orgd_memberships.own_roles. */
enum role { ROLE_NONE, ROLE_ADMIN, ROLE_MANAGER, ROLE_VIEWER, ROLE_BILLING_ADMIN, ROLE_MEMBER };
#define ROLES_OF_SYSTEM 5

enum permission {
#define PERMISSION(number, constant, name, roles, sentence) PERMISSION_##constant = (number),
#include "permissions.def"
#undef PERMISSION
    PERMISSIONS_END
};

/* The bit of a mask that stands for a role of the system, and for a permission. */
#define ROLE_BIT(role) (INT64_C(1) << ((role)-ROLE_ADMIN))
#define PERMISSION_BIT(permission) (INT64_C(1) << (8 + (permission)))
#define MASK_OF_ROLES (PERMISSION_BIT(0) - 1)

/* In SQL: what a new admin's bits are. */
#define ROLE_ADMIN_SQL "1"

/* The standing of a caller in one organization. */
struct standing {
    bool is_superuser;
    bool is_owner;
    int64_t mask;
};

/* Returns the permissions that a mask gives, as bits of a mask: those of the system's roles in it, and its own. */
int64_t mask_permissions(int64_t mask);

/* Returns the bits of a mask any of which gives the permission, for a condition in SQL: "m.mask & :bits". */
int64_t permission_bits(enum permission permission);

/* True if a caller with that standing has the permission. A caller who may not read must not learn that the
 * organization exists. */
bool standing_allows(const struct standing *standing, enum permission permission);

/* True if the caller has every permission that the mask gives. Nobody gives, takes or changes what he does not hold
 * himself: who asks for a permission that lets give or take asks this as well. */
bool standing_holds(const struct standing *standing, int64_t mask);

/* True if a caller with that standing may give the organization to another owner. No role allows this. */
bool standing_may_transfer(const struct standing *standing);

/* Returns its name, as in "team:create". */
const char *permission_name(enum permission permission);

/* Finds the permission of that name. Returns false if there is none. */
bool permission_parse(struct text name, enum permission *out);

/* Writes the names of all permissions that the mask gives, as a JSON list, in the order of GET /permissions. */
void permissions_write_json(struct buf *out, int64_t mask);

/* Returns the same text in the arena, for an event. */
struct text permissions_json(struct arena *arena, int64_t mask);

/* Convert between a role and its name in the database and in orgctl. ROLE_NONE has no name. */
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *out);

#endif
