/* The links of invitations: whoever has one may join, without a credential of the API.
 *
 *     struct invitation_visit visit;
 *
 *     if (invitation_open(call, secret, &session.account_id, &visit, err) < 0)
 *         return -1;
 *     if (visit.is_for_visitor)
 *         … ask for the decision, and call invitation_decide_by_link() */
#ifndef ORGD_INVITATION_LINK_H
#define ORGD_INVITATION_LINK_H

#include "domain/accounts/session.h"
#include "invitation.h"

/* What a link leads to, and who follows it. */
struct invitation_visit {
    struct invitation invitation;
    bool is_mailed;       /* the secret was mailed, so whoever has it reads the mail of the address */
    struct id visitor_id; /* nil: nobody has signed in */
    struct text visitor;  /* the user name */
    struct text address;  /* of the visitor's account; without data: it has none */
    bool is_for_visitor;  /* this is the address of the invitation, verified or not */
};

/* Finds a pending invitation. `account_id` is of who has signed in, or nil. Fails with ERR_NOT_FOUND if the secret is
 * of none, and with ERR_FORBIDDEN or ERR_EXISTS if it is not pending any more, which the sentence says. */
int invitation_open(const struct call *call, struct text secret, const struct id *account_id,
                    struct invitation_visit *out, struct error *err) NODISCARD;

/* Accepts or declines for who has signed in in this session. A secret that was mailed verifies the address, unless it
 * is another account's verified one. Fails like invitation_open() and invitation_decide(), and with ERR_FORBIDDEN if
 * the invitation is for somebody else or the session has ended. */
int invitation_decide_by_link(const struct call *call, struct text secret, const struct session *session,
                              bool is_accepted, struct error *err) NODISCARD;

/* Who is new, and wants an account. */
struct newcomer {
    struct text username;
    struct text password;
    const char *network_address; /* of the browser; NULL: unknown */
};

/* Creates the account of somebody who is new, with the address of the invitation, and accepts for it. Fails like
 * invitation_open(), with ERR_VALIDATION if user name or password break a rule, with ERR_EXISTS if the name is taken or
 * the address is another account's verified one, with ERR_BUSY while others' passwords are hashed, and with
 * ERR_TOO_MANY if there were too many attempts from the network. */
int invitation_join(const struct call *call, struct text secret, const struct newcomer *newcomer,
                    struct error *err) NODISCARD;

#endif
