/* The system's roles as the API shows them. They exist in every organization and cost it no row: their ids follow from
 * the organization's.
 *
 *     struct id id = system_role_id(&organization_id, ROLE_VIEWER);
 *
 *     jsonw_text(out, system_role_title(ROLE_VIEWER));  "Organization Viewer"
 */
#ifndef ORGD_SYSTEM_ROLES_H
#define ORGD_SYSTEM_ROLES_H

#include "base/id.h"
#include "base/text.h"
#include "permissions.h"

/* Returns the organization's id with its last octet XORed with the number of the role, 1 to 5. */
struct id system_role_id(const struct id *organization_id, enum role role);

/* Returns which role of the system has this id in the organization; ROLE_NONE if none has. */
enum role system_role_of_id(const struct id *organization_id, const struct id *id);

/* Returns its name, as in "Organization Admin". */
struct text system_role_title(enum role role);

#endif
