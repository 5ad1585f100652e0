/* Shared by the files of the module role, and by those that assign roles. */
#ifndef ORGD_ROLE_PRIVATE_H
#define ORGD_ROLE_PRIVATE_H

#include "db/db_unit.h"
#include "role_sql.h"

/* A role, where it is, and what the caller may do there. */
struct role_seen {
    struct access access;
    struct text organization; /* its name */
    struct any_role role;
};

/* Reads caller and role at once, and checks the caller's permission. */
int role_see(const struct call *call, const struct id *id, enum permission permission, struct role_seen *out,
             struct error *err) NODISCARD;

/* Makes a role of the system, as it is in an organization. */
struct any_role role_of_system(const struct id *organization_id, struct timestamp organization_created,
                               enum role system);

#endif
