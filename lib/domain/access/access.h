/* Who asks, and what they may do: answered in one place, for every resource.
 *
 *     struct access access;
 *
 *     if (access_see(call, &organization_id, PERMISSION_ORGANIZATION_UPDATE, &access, err) < 0)
 *         return -1;
 *
 * A statement that reads something of an organization reads the caller and the membership as well (access_sql.h), so
 * that one round trip does; access_judge() then answers from its row. */
#ifndef ORGD_ACCESS_H
#define ORGD_ACCESS_H

#include "domain/call.h"
#include "permissions.h"

/* What a statement reads about the caller and the organization. */
struct access_row {
    struct caller_row caller;
    struct id organization_id; /* nil: there is no such organization */
    struct id owner_id;
    int64_t mask; /* what the caller holds there (permissions.h) */
};

struct access {
    struct principal principal;
    struct standing standing; /* in the organization */
};

/* Returns what the caller is in an organization that has this owner, and where it holds this mask. */
struct standing access_standing(const struct principal *caller, const struct id *owner_id, int64_t mask);

/* Judges a row; NULL means that there was none. Fails with ERR_UNAUTHORIZED if the credential is not valid,
 * ERR_NOT_FOUND if the caller may not see the organization, and ERR_FORBIDDEN if the caller may see it but lacks the
 * permission. */
int access_judge(const struct call *call, const struct access_row *row, enum permission permission, struct access *out,
                 struct error *err) NODISCARD;

/* The same, for an organization of which nothing else is read. One round trip. */
int access_see(const struct call *call, const struct id *organization_id, enum permission permission,
               struct access *out, struct error *err) NODISCARD;

/* Fails with ERR_FORBIDDEN if the caller lacks the permission: for what is asked after access_judge(). */
int access_permit(const struct access *access, enum permission permission, struct error *err) NODISCARD;

/* Nobody gives, takes or changes what he does not hold himself. Whoever assigns or removes a role, changes or deletes
 * it, changes who is in a team, or acts on a person, asks here for all permissions in it, or of that person. Fails with
 * ERR_FORBIDDEN. `access` was read under the lock of the write (head.h), so that it is still true when the write is. */
int access_demand(const struct access *access, int64_t mask, struct error *err) NODISCARD;

/* Finds who asks, without an organization. Fails with ERR_UNAUTHORIZED. One round trip. */
int access_identify(const struct call *call, struct principal *out, struct error *err) NODISCARD;

/* Judges the caller's part of a row alone; NULL means that there was none. */
int access_accept(const struct call *call, const struct caller_row *row, struct principal *out,
                  struct error *err) NODISCARD;

/* Fails with ERR_NOT_FOUND. The sentence is the same whether the organization does not exist or may not be seen. */
int access_no_organization(struct error *err);

/* True if an operator asks. An operator has no credential, so use statements that read no caller. */
bool access_is_operator(const struct call *call);

#endif
