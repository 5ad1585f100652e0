/* Accounts: users, and service accounts of organizations.
 *
 *     struct account user;
 *
 *     if (account_get_user(call, "alice", &user, err) < 0)
 *         return -1;
 */
#ifndef ORGD_ACCOUNT_H
#define ORGD_ACCOUNT_H

#include "db/db_unit.h"
#include "domain/access/permissions.h"
#include "domain/call.h"

enum account_kind { ACCOUNT_USER, ACCOUNT_SERVICE };

/* An `organization_limit` that means: take the configured default; and the highest that can be given. */
#define ACCOUNT_DEFAULT_LIMIT (-1)
#define ACCOUNT_LIMIT_MAX 1000000

#define ACCOUNT_NAME_LENGTH_MAX 64

struct account {
    struct id id;
    bool is_service;
    struct text name; /* of a user: the user name */
    struct text email;
    bool email_verified; /* then no other account has the same one verified */
    struct text full_name;
    struct text avatar_url;
    struct text company;
    struct text job_title;
    struct text metadata;    /* a JSON object; without data: an empty one */
    struct text language;    /* BCP 47 */
    struct text time_zone;   /* a name of the time zone database */
    struct text description; /* of a service account */
    bool is_active;
    bool is_superuser;
    int64_t organizations_owned;
    int64_t organization_limit;
    struct id organization_id; /* of a service account, like the next two */
    struct text organization;
    struct text role;           /* all that are assigned to it, with commas between */
    struct text oauth_provider; /* the issuer's URL of the first identity that was linked to a user */
    struct text oauth_id;       /* its subject */
    struct timestamp oauth_linked;
    struct timestamp created;
    struct timestamp updated;
    int64_t revision;   /* goes up with each change of what answers show, but the identity */
    int64_t generation; /* of account_of_credential(): what a token made of the secret carries */
};

/* Reads whose credential it is: id, names, address and standing of the active account. Fails with ERR_UNAUTHORIZED if
 * the credential is not valid. One round trip. */
int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err) NODISCARD;

/* For operators. All of these fail with ERR_NOT_FOUND if a name or id is unknown, ERR_EXISTS if a name or a verified
 * address is taken, and ERR_VALIDATION if a value breaks a rule. Lists are in the arena. */

/* Creates a user. */
int account_create_user(const struct call *call, const struct account *user, struct id *out,
                        struct error *err) NODISCARD;

/* The creation of a user, or of a service account of `account->organization_id`, as a part of a transaction: prepare it
 * before, which checks the account and chooses the id, and let plan() add it. The plan records the creation itself
 * (account_event.h). */
struct account_params;
int account_prepare(const struct call *call, const struct account *account, const struct account_params **out,
                    struct error *err) NODISCARD;
void account_plan_creation(struct db_unit *unit, const struct account_params *account);
const struct account *account_prepared(const struct account_params *account);

/* Reads an account in a transaction that locks, and locks its row. Fails with ERR_NOT_FOUND if it has ended. */
int account_lock(const struct call *call, const struct id *id, struct account *out, struct error *err) NODISCARD;

/* True if the last ERR_EXISTS was because another account has verified the address. */
bool account_address_is_taken(const struct call *call);

/* Finds a user by its id, or by its name, without regard to case. */
int account_get_user(const struct call *call, const char *id_or_name, struct account *out, struct error *err) NODISCARD;

/* Finds a service account by its id, or by its name, without regard to case. A name is unique within an organization
 * only: if `organization_id` is nil and several organizations have one of that name, it fails with ERR_VALIDATION. */
int account_get_service(const struct call *call, const char *id_or_name, const struct id *organization_id,
                        struct account *out, struct error *err) NODISCARD;

/* Lists accounts by name, those of an organization or (`organization_id` nil) all. Returns their number, or -1. */
int64_t account_list(const struct call *call, enum account_kind kind, const struct id *organization_id,
                     struct account **out, struct error *err) NODISCARD;

/* What is to change of an account. */
struct account_given {
    bool name;
    bool email;
    bool email_verified;
    bool full_name;
    bool avatar_url;
    bool company;
    bool job_title;
    bool metadata;
    bool language;
    bool time_zone;
    bool description;
    bool is_active;
    bool is_superuser;
    bool organization_limit;
};

struct account_change {
    struct account value; /* the members that are given; a new address without data: none any more */
    struct account_given given;
    struct text password_hash; /* without data: the password stays */
};

/* Changes an account, in one transaction; what `change` leaves out stays, whatever others make of it meanwhile. A new
 * address counts as verified unless `email_verified` is given and false. A new password ends all sessions and grants of
 * a user, and so does deactivating it; each is an event of its own. */
int account_change(const struct call *call, const struct id *id, const struct account_change *change,
                   struct error *err) NODISCARD;

/* Gives a user another name; the old one is free. */
int account_rename(const struct call *call, const struct id *id, const char *name, struct error *err) NODISCARD;

/* Deactivating ends all sessions, grants and access tokens of the account for good; activating revives none of them.
 * Keys and personal access tokens work again then. */
int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err) NODISCARD;

/* Ends the account for good: its name is free, and nothing of it opens anything with the next request. What belongs to
 * it is removed later (access/purge.h). A user must own no organization: ERR_FORBIDDEN says which it owns. Identities
 * at other issuers stay unlinked, so that only an operator lets the person in again. */
int account_delete(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* What a transaction that changes or ends an account is made of, for those who are no operators:
 *
 *     params = (struct account_params){.account = before};
 *     account_apply(call, change, true, &params.account);
 *     return account_plan_change(unit, call, &actor, &before, &params, err);
 */
struct event_actor;

/* Makes of an account what is to become of it. From who is not trusted another address comes without being verified. */
void account_apply(const struct call *call, const struct account_change *change, bool is_trusted,
                   struct account *account);

/* Adds to a transaction what makes `params->account` of the account that was read before, on condition of its revision,
 * and the events. A verified address that is given up is told so by a mail. Deactivating ends sessions, grants and
 * access tokens. Adds nothing if nothing changes. Fails with ERR_VALIDATION. */
int account_plan_change(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                        const struct account *before, struct account_params *params, struct error *err) NODISCARD;

/* Adds to a transaction the end of the account that was read before, and its event. It is refused with ERR_FORBIDDEN if
 * a user owns organizations. */
void account_plan_end(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                      const struct account *before);

/* Fails with ERR_EXISTS after a transaction that did: says to operators who has the address, and to others that
 * somebody has it, or that somebody has the name. */
int account_refuse_duplicate(const struct call *call, const struct account_params *params, struct error *err) NODISCARD;

#endif
