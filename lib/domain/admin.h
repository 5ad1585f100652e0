/* What an administrator does to accounts, credentials and organizations, outside of the API's rules about callers. */
#ifndef ORGD_ADMIN_H
#define ORGD_ADMIN_H

#include "base/arena.h"
#include "db/db.h"
#include "domain/access/permissions.h"
#include "domain/access/secret.h"
#include "domain/call.h"

#define ADMIN_NO_LIMIT (-1)

struct admin_account {
    struct id id;
    bool is_service;
    struct text name;
    struct text email;
    struct text full_name;
    bool is_active;
    bool is_superuser;
    int64_t organizations_owned;
    int64_t organization_limit; /* ADMIN_NO_LIMIT: the configured default */
    struct id organization_id;  /* of a service account, like the next two */
    struct text organization;
    struct text role;
    struct timestamp created;
};

struct admin_credential {
    struct id id;
    struct text name;
    struct text account;
    bool is_active;
    struct timestamp created;
    struct timestamp rotated;
    struct timestamp retained_until;
};

struct admin_organization {
    struct id id;
    struct text name;
    struct text description;
    struct id owner_id;
    struct text owner;
    struct text subscription_status;
    struct timestamp trial_end;
    int64_t members;
    int64_t revision;
    struct timestamp created;
    struct timestamp updated;
};

struct admin_member {
    struct id id;
    struct text name;
    bool is_service;
    struct text role;
    bool is_owner;
};

enum admin_account_kind { ADMIN_USER, ADMIN_SERVICE };
enum admin_credential_kind { ADMIN_API_KEY, ADMIN_PERSONAL_TOKEN };

/* All of these fail with ERR_NOT_FOUND where a name or id is unknown, ERR_EXISTS where a name is taken, ERR_VALIDATION
 * where a value breaks a rule, ERR_FORBIDDEN where it may not be. What is listed lives in the arena. */

/* Accounts. Names are looked up without regard to case. */
int admin_user_create(const struct call *call, const struct admin_account *user, struct id *out,
                      struct error *err) NODISCARD;
int admin_service_create(const struct call *call, const struct admin_account *service, enum role role, struct id *out,
                         struct error *err) NODISCARD;
int admin_account_find(const struct call *call, enum admin_account_kind kind, const char *name,
                       struct admin_account *out, struct error *err) NODISCARD;
/* `organization_id` nil: of all organizations. */
int64_t admin_account_list(const struct call *call, enum admin_account_kind kind, const struct id *organization_id,
                           struct admin_account **out, struct error *err) NODISCARD;
/* Stores email, full name, superuser flag and limit of `account`, which was found before. */
int admin_account_update(const struct call *call, const struct admin_account *account, struct error *err) NODISCARD;
int admin_account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err) NODISCARD;
int admin_service_delete(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* Credentials. The secret's text is written to `secret`: show it once, then wipe it. `name` NULL makes one up. */
int admin_credential_create(const struct call *call, enum admin_credential_kind kind, const struct id *account_id,
                            const char *name, char secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;
int64_t admin_credential_list(const struct call *call, const struct id *account_id, struct admin_credential **out,
                              struct error *err) NODISCARD;
/* A new secret under the same id; the old one counts until `retained_until` (0: no longer). */
int admin_key_rotate(const struct call *call, const struct id *id, struct timestamp retained_until,
                     char secret[SECRET_TEXT_SIZE], struct error *err) NODISCARD;
int admin_credential_set_active(const struct call *call, enum admin_credential_kind kind, const struct id *id,
                                bool is_active, struct error *err) NODISCARD;
int admin_credential_delete(const struct call *call, enum admin_credential_kind kind, const struct id *id,
                            struct error *err) NODISCARD;

/* Organizations and memberships */
int admin_organization_find(const struct call *call, const char *id_or_name, struct admin_organization *out,
                            struct error *err) NODISCARD;
int64_t admin_organization_list(const struct call *call, struct admin_organization **out, struct error *err) NODISCARD;
int admin_organization_delete(const struct call *call, const struct admin_organization *organization,
                              struct error *err) NODISCARD;
/* Makes the user a member with that role, or changes the role. An owner stays an admin: ERR_FORBIDDEN. */
int admin_member_set(const struct call *call, const struct id *organization_id, const struct id *account_id,
                     enum role role, struct error *err) NODISCARD;
int64_t admin_member_list(const struct call *call, const struct id *organization_id, struct admin_member **out,
                          struct error *err) NODISCARD;
int admin_member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                        struct error *err) NODISCARD;
/* `status` is one of the ENUM; `trial_end` counts for "trialing". */
int admin_subscription_set(const struct call *call, const struct id *organization_id, const char *status,
                           struct timestamp trial_end, struct error *err) NODISCARD;

#endif
