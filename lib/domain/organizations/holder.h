/* Who may hold roles: accounts that are members of an organization, its teams, and its pending invitations, whose roles
 * pass to the person with the acceptance. */
#ifndef ORGD_HOLDER_H
#define ORGD_HOLDER_H

#include "domain/accounts/account.h"
#include "invitation.h"

/* In the order of orgd_role_assignments.holder. */
enum holder_kind { HOLDER_ACCOUNT, HOLDER_TEAM, HOLDER_INVITATION };

struct holder {
    enum holder_kind kind;
    struct id id;
    bool is_service; /* it must be a service account */
};

struct team {
    struct id id;
    struct id organization_id;
    struct text name;
    struct text description;
    int64_t revision;
    struct timestamp created;
    struct timestamp updated;
};

/* What there is of a holder in an organization. */
struct holder_state {
    enum holder_kind kind;
    struct account account; /* or */
    struct team team;       /* or */
    struct invitation invitation;
    bool is_member; /* of the organization; a team always is, and a pending invitation will be one */
    bool is_owner;
    int64_t own_roles;      /* the system's, as bits */
    int64_t mask;           /* what it holds in all, or gives its members */
    int64_t roles_made;     /* how many others are assigned to it */
    bool has_role;          /* whether the role that was asked about is one of them */
    struct text role_names; /* by role_short_name(), with commas between; without data: it is no member */
};

/* Reads what there is of a holder, and whether `role_id`, a role that was made in the organization, is assigned to it.
 * Fails with ERR_NOT_FOUND if there is no such account, team or invitation, or if it is a service account, team or
 * invitation of another organization, and with ERR_FORBIDDEN if the invitation is not pending any more. A user who is
 * no member is found; is_member says so. */
int holder_read(const struct call *call, const struct id *organization_id, const struct id *role_id,
                const struct holder *holder, struct holder_state *out, struct error *err) NODISCARD;

/* Finds the only one whose id is not nil. Returns false if there is none, or more. */
bool holder_choose(const struct holder *holders, size_t count, struct holder *out);

/* Fails with ERR_NOT_FOUND, with the same sentence as holder_read(). */
int holder_refuse(const struct holder *holder, struct error *err);

/* Returns what orgd_role_assignments.holder says of it. */
struct text holder_name(enum holder_kind kind);

struct event;

/* Adds the holder to what an event is about. */
void holder_target(struct event *event, const struct holder_state *state);

/* Writes the members `user`, `team` and `invitation` of an answer: one is an object, and the others are null. */
void holder_write_json(struct buf *out, const struct account *account, const struct team *team,
                       const struct invitation *invitation, struct timestamp now);

/* Writes a team as JSON. */
void team_write_json(struct buf *out, const struct team *team);

#endif
