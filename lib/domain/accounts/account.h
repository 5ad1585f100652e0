/* Accounts: users, and service accounts of organizations.
 *
 *     struct account user;
 *
 *     if (account_get(call, ACCOUNT_USER, "alice", &user, err) < 0)
 *         return -1;
 */
#ifndef ORGD_ACCOUNT_H
#define ORGD_ACCOUNT_H

#include "base/buf.h"
#include "domain/access/permissions.h"
#include "domain/call.h"
#include "web/fields.h"

enum account_kind { ACCOUNT_USER, ACCOUNT_SERVICE };

/* An `organization_limit` that means: take the configured default. */
#define ACCOUNT_DEFAULT_LIMIT (-1)

struct account {
    struct id id;
    bool is_service;
    struct text name; /* of a user: the user name */
    struct text email;
    struct text full_name;
    bool is_active;
    bool is_superuser;
    int64_t organizations_owned;
    int64_t organization_limit;
    struct id organization_id; /* of a service account, like the next two */
    struct text organization;
    struct text role;
    struct timestamp created;
};

/* Reads the active account of a credential, as GET /users/me shows it. Fails with ERR_UNAUTHORIZED if the credential is
 * not valid. One round trip. */
int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err) NODISCARD;

/* Writes the response of GET /users/me. */
extern const struct model account_model;
void account_write_json(struct buf *out, const struct account *account);

/* For operators. All of these fail with ERR_NOT_FOUND if a name or id is unknown, ERR_EXISTS if a name is taken, and
 * ERR_VALIDATION if a value breaks a rule. Lists are in the arena. */

/* Creates a user, or a service account with a role in the organization `organization_id`. */
int account_create_user(const struct call *call, const struct account *user, struct id *out,
                        struct error *err) NODISCARD;
int account_create_service(const struct call *call, const struct account *service, enum role role, struct id *out,
                           struct error *err) NODISCARD;

/* Finds an account by its name, without regard to case. */
int account_get(const struct call *call, enum account_kind kind, const char *name, struct account *out,
                struct error *err) NODISCARD;

/* Lists accounts by name, those of an organization or (`organization_id` nil) all. Returns their number, or -1. */
int64_t account_list(const struct call *call, enum account_kind kind, const struct id *organization_id,
                     struct account **out, struct error *err) NODISCARD;

/* Stores email, full name, superuser flag and limit of an account that was found before. */
int account_update(const struct call *call, const struct account *account, struct error *err) NODISCARD;

int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err) NODISCARD;
int account_delete_service(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* Checks the name of an account or of a key. Fails with ERR_VALIDATION. */
int account_check_name(struct text name, struct error *err) NODISCARD;

#endif
