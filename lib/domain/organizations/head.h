/* Writes that change what people may do in an organization. Each first locks the head of the organization, the row that
 * its event will raise. So two of them are one after the other on every node of the database: what a write reads behind
 * the lock (who asks, what roles there are, who holds them) is true until it is committed, and no mask is made of what
 * is no longer so.
 *
 *     static int plan(struct db_unit *unit, void *context, struct error *err)
 *     {
 *         if (head_enter(call, &organization_id, PERMISSION_TEAM_CREATE, &seen, err) < 0)
 *             return -1;
 *         …
 *
 * in a work that locks. */
#ifndef ORGD_HEAD_H
#define ORGD_HEAD_H

#include "organization_private.h"

/* Locks the head of an organization. What does not exist locks nothing, and is not an error. */
int head_lock(const struct call *call, const struct id *organization_id, struct error *err) NODISCARD;

/* The same for the organization that has this role, this team, or this invitation. */
int head_lock_of_role(const struct call *call, const struct id *role_id, struct error *err) NODISCARD;
int head_lock_of_team(const struct call *call, const struct id *team_id, struct error *err) NODISCARD;
int head_lock_of_invitation(const struct call *call, const struct id *invitation_id, struct error *err) NODISCARD;

/* Locks the head, and then reads who asks and what they may do, like organization_see(). */
int head_enter(const struct call *call, const struct id *organization_id, enum permission permission,
               struct organization_seen *out, struct error *err) NODISCARD;

#endif
