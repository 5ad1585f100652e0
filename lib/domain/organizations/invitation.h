/* Invitations: an organization asks the person behind an address to become a member, with a role.
 *
 *     struct invitation invitation;
 *     char secret[SECRET_TEXT_SIZE];
 *
 *     if (invitation_create(call, &organization_id, &input, &invitation, secret, err) < 0)
 *         return -1;
 *     invitation_write_json(out, &invitation, invitation_link(call, secret), call->now);
 *     memory_wipe(secret, sizeof(secret));
 *
 * An invitation has two secrets. The one in the mail proves that its bearer reads the mail of the address. The other
 * one is for whoever invites, to be handed over where there is no mail; it lets join and proves nothing. */
#ifndef ORGD_INVITATION_H
#define ORGD_INVITATION_H

#include <jansson.h>

#include "domain/access/permissions.h"
#include "domain/access/secret.h"
#include "domain/call.h"
#include "web/fields.h"
#include "web/paging.h"

/* In the order of the ENUM orgd_invitations.status, which numbers from 1. EXPIRED is not stored: time decides it. */
enum invitation_status {
    INVITATION_NONE,
    INVITATION_PENDING,
    INVITATION_ACCEPTED,
    INVITATION_DECLINED,
    INVITATION_REVOKED,
    INVITATION_EXPIRED
};

struct invitation {
    struct id id;
    struct id organization_id;
    struct text organization_name;
    struct text organization_logo_url;
    int64_t organization_member_count;
    struct text email;
    int64_t own_roles;      /* a mask of the system's roles (permissions.h) */
    struct text roles_made; /* the others that are assigned to it, and its teams (named.h) */
    struct text teams;
    int64_t mask;   /* all that it gives (permissions.h) */
    int64_t status; /* as it is stored */
    int64_t days;   /* how long it can be accepted, from when it was sent last */
    struct timestamp created;
    struct timestamp expires;
    struct id inviter_id; /* nil: an operator invited, or the user is gone */
    struct text inviter_name;
    struct text inviter_avatar_url;
};

/* How long an invitation can be accepted, in days: the usual and the longest time. */
#define INVITATION_DAYS_DEFAULT 30
#define INVITATION_DAYS_MAX 365

/* What a POST asks for. */
struct invitation_input {
    struct text email;
    struct id role_id;
    int64_t expires_in_days;
    bool notify; /* by mail */
    struct {
        bool expires_in_days;
        bool notify;
    } given;
};

/* As many may be made by one request. */
#define INVITATIONS_AT_ONCE_MAX 100

/* Whose list it is. */
enum invitation_list { INVITATIONS_OF_ORGANIZATION, INVITATIONS_OF_CALLER };

struct invitation_filter {
    enum invitation_list list;
    struct id organization_id;
    struct text email_key;         /* without data: of any address */
    struct text status;            /* likewise */
    enum invitation_status wanted; /* what that says */
    bool only_pending;
    int64_t offset;
    int64_t limit;
    struct id after;
    bool include_total;
    struct paging_given given;
    bool only_pending_given;
};

extern const struct model invitation_model;
extern const struct model invitation_with_link_model;
extern const struct model invitation_create_model;
extern const struct model invitations_create_model;
extern const struct model invitation_outcome_model;
extern const struct field invitation_list_fields[];
extern const struct field own_invitation_list_fields[];
extern const struct field invitation_decide_fields[];

/* Check the body of a POST (any JSON value), the query of a list, and that of a decision. Faults go to call->faults. */
int invitation_input_from_body(const struct call *call, const json_t *body, struct invitation_input *out,
                               struct error *err) NODISCARD;
int invitations_from_body(const struct call *call, const json_t *body, struct field_list *out,
                          struct error *err) NODISCARD; /* of struct invitation_input */
int invitation_filter_from_query(const struct call *call, enum invitation_list list, const struct urlencoded *query,
                                 struct invitation_filter *out, struct error *err) NODISCARD;
int invitation_decision_from_query(const struct call *call, const struct urlencoded *query, bool *is_accepted,
                                   struct error *err) NODISCARD;

/* Every operation of an organization fails with ERR_UNAUTHORIZED if the credential is not valid, with ERR_NOT_FOUND if
 * the caller may not see the organization, or there is no such invitation or role in it, and with ERR_FORBIDDEN if the
 * caller lacks the permission, or does not hold all that the invitation gives. */

/* Invites. Also fails with ERR_EXISTS if the address is that of a member, or has a pending invitation, with
 * ERR_FORBIDDEN if as many invitations are pending as may be, and with ERR_TOO_MANY if as many mails were sent.
 * `link_secret` gets the secret to hand over; wipe it after use. */
int invitation_create(const struct call *call, const struct id *organization_id, const struct invitation_input *input,
                      struct invitation *out, char link_secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Tells whether the caller may invite at all. One round trip. */
int invitation_may_create(const struct call *call, const struct id *organization_id, struct error *err) NODISCARD;

/* Makes both secrets and the time anew, also of an invitation that has expired; the old secrets open nothing. Also
 * fails with ERR_EXISTS or ERR_FORBIDDEN if it was decided or revoked, and ERR_TOO_MANY if as many mails were sent as
 * may be. `link_secret` gets the secret to hand over; wipe it after use. */
int invitation_resend(const struct call *call, const struct id *organization_id, const struct id *id,
                      struct invitation *out, char link_secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;

/* Takes an invitation back; its links open nothing. Also fails with ERR_EXISTS or ERR_FORBIDDEN if it was decided or
 * revoked before. */
int invitation_revoke(const struct call *call, const struct id *organization_id, const struct id *id,
                      struct error *err) NODISCARD;

/* Writes the page as a JSON list into `out`. Those of the caller are those to the verified address of the account. */
int invitation_list(const struct call *call, const struct invitation_filter *filter, struct buf *out, struct page *page,
                    struct error *err) NODISCARD;

/* Reads an invitation for who is invited, for a member with invitation:read, or for a superuser; ERR_NOT_FOUND else. */
int invitation_get(const struct call *call, const struct id *id, struct invitation *out, struct error *err) NODISCARD;

/* Accepts or declines what the caller is invited to. Accepting makes a member, all at once or not at all. Fails with
 * ERR_NOT_FOUND for anybody else, and ERR_FORBIDDEN or ERR_EXISTS if it is not pending any more, which the sentence
 * says; also with ERR_FORBIDDEN if the caller would have more roles, or be in more teams, than a member may. */
int invitation_decide(const struct call *call, const struct id *id, bool is_accepted, struct id *organization_id,
                      struct error *err) NODISCARD;

/* Returns the names of the roles that it gives, with commas between them, in the arena; without data if there are none.
 * Those of the system have the names that orgctl knows. */
struct text invitation_role_names(const struct call *call, const struct invitation *invitation);

/* Returns the address of the page that a secret opens, in the arena. */
const char *invitation_link(const struct call *call, const char *secret);

/* For operators: all of an organization, or the pending ones, by creation, in the arena. Returns their number, or -1.
 */
int64_t invitation_list_all(const struct call *call, const struct id *organization_id, bool only_pending,
                            struct invitation **out, struct error *err) NODISCARD;

/* Tells what the status is at this time. */
enum invitation_status invitation_status_at(const struct invitation *invitation, struct timestamp now);
/* Returns the name of a status, as in "pending". */
const char *invitation_status_name(enum invitation_status status);

/* Writes the response model, as JSON; with `link`, unless that is NULL. */
void invitation_write_json(struct buf *out, const struct invitation *invitation, const char *link,
                           struct timestamp now);

#endif
