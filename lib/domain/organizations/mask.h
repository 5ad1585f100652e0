/* Whether members and teams hold what their roles give, looked through in pieces; for operators. All writes keep it so:
 * what differs was changed by other means, or by a bug.
 *
 *     struct mask_walk walk = {.is_over = false};
 *
 *     while (!walk.is_over) {
 *         count = mask_look(call, &walk, &faults, err);
 *         …
 *     }
 */
#ifndef ORGD_MASK_H
#define ORGD_MASK_H

#include "domain/call.h"

/* A member or a team that holds something else than it should. */
struct mask_fault {
    struct id organization_id;
    struct text organization; /* its name */
    struct id holder_id;      /* of the member's account, or the team */
    struct text name;
    bool is_team;
    bool is_service;  /* the account is a service account */
    int64_t mask;     /* as it is (permissions.h) */
    int64_t expected; /* as it should be; of a member, as far as its teams are right */
};

/* How far one has come: all teams, and then all members. Begin with a zeroed struct. */
struct mask_walk {
    bool is_over;
    bool is_behind_teams;
    struct id organization_id; /* of the last that was looked at */
    struct id holder_id;
    int64_t pieces;
};

/* Looks at the next piece, and lists what is wrong in it, in the arena. Returns how many those are, or -1. */
int64_t mask_look(const struct call *call, struct mask_walk *walk, struct mask_fault **out,
                  struct error *err) NODISCARD;

/* Makes anew what the holder holds, and with a team what its members hold, if it is still wrong; with an event. What
 * has been removed meanwhile is no error. */
int mask_repair(const struct call *call, const struct mask_fault *fault, struct error *err) NODISCARD;

#endif
