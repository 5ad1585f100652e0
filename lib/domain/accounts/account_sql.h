/* The statements of accounts. */
#ifndef ORGD_ACCOUNT_SQL_H
#define ORGD_ACCOUNT_SQL_H

#include "account.h"
#include "domain/access/caller_sql.h"

#define ACCOUNT_GONE "the account no longer exists"

/* NOLINTBEGIN(bugprone-macro-parentheses): `member` is a name */

/* The members of an account under their own names: `account` is a struct account in the struct. */
#define ACCOUNT_MEMBER(struct_type, member) DB_MEMBER_AS(#member, struct_type, account.member)
/* NOLINTEND(bugprone-macro-parentheses) */
#define ACCOUNT_MEMBERS(struct_type)                                                                                   \
    ACCOUNT_MEMBER(struct_type, id), ACCOUNT_MEMBER(struct_type, is_service), ACCOUNT_MEMBER(struct_type, name),       \
        ACCOUNT_MEMBER(struct_type, email), ACCOUNT_MEMBER(struct_type, email_verified),                               \
        ACCOUNT_MEMBER(struct_type, full_name), ACCOUNT_MEMBER(struct_type, avatar_url),                               \
        ACCOUNT_MEMBER(struct_type, company), ACCOUNT_MEMBER(struct_type, job_title),                                  \
        ACCOUNT_MEMBER(struct_type, metadata), ACCOUNT_MEMBER(struct_type, language),                                  \
        ACCOUNT_MEMBER(struct_type, time_zone), ACCOUNT_MEMBER(struct_type, description),                              \
        ACCOUNT_MEMBER(struct_type, is_active), ACCOUNT_MEMBER(struct_type, is_superuser),                             \
        ACCOUNT_MEMBER(struct_type, organizations_owned), ACCOUNT_MEMBER(struct_type, organization_limit),             \
        ACCOUNT_MEMBER(struct_type, organization_id), ACCOUNT_MEMBER(struct_type, organization),                       \
        ACCOUNT_MEMBER(struct_type, role), ACCOUNT_MEMBER(struct_type, oauth_provider),                                \
        ACCOUNT_MEMBER(struct_type, oauth_id), ACCOUNT_MEMBER(struct_type, oauth_linked),                              \
        ACCOUNT_MEMBER(struct_type, created), ACCOUNT_MEMBER(struct_type, updated),                                    \
        ACCOUNT_MEMBER(struct_type, revision)

/* What answers show of an account `a`, and the tables that it stands in: its profile and its oldest identity. */
#define ACCOUNT_EMAIL "a.email, a.email_key IS NOT NULL AS email_verified"
#define ACCOUNT_SHOWN                                                                                                  \
    "a.id, a.kind = 'service' AS is_service, a.name, " ACCOUNT_EMAIL ", a.full_name, a.is_active, a.is_superuser,"     \
    " a.organization_id, COALESCE(a.organization_limit, -1) AS organization_limit, a.created, a.updated, a.revision,"  \
    " p.avatar_url, p.company, p.job_title, p.metadata, p.language, p.time_zone, p.description,"                       \
    " f.issuer AS oauth_provider, f.subject AS oauth_id, f.linked AS oauth_linked"
#define ACCOUNT_JOINS                                                                                                  \
    " LEFT JOIN orgd_profiles p ON p.account_id = a.id"                                                                \
    " LEFT JOIN orgd_identities f FORCE INDEX (orgd_identities_account) ON f.account_id = a.id"                        \
    " AND NOT EXISTS (SELECT 1 FROM orgd_identities j FORCE INDEX (orgd_identities_account)"                           \
    " WHERE j.account_id = f.account_id AND (j.linked < f.linked OR (j.linked = f.linked AND j.id < f.id)))"

/* The key of a service account's name, which is unique within its organization only. No text in UTF-8 has the octet FF.
 * So it is no user's key, all of one name stand together, and the order of the keys is that of the names. */
#define SERVICE_NAME_KEY(organization) "CONCAT(:name_key, UNHEX('FF'), " organization ")"

/* The service account `a` of the organization `o`: the one with the id `id`, or (NULL) with the name :name_key. The
 * server knows its id before it makes the plan. */
#define SERVICE_ACCOUNT_OF(id)                                                                                         \
    " LEFT JOIN orgd_accounts a ON a.id = COALESCE(" id                                                                \
    ", (SELECT b.id FROM orgd_accounts b WHERE b.name_key = " SERVICE_NAME_KEY(                                        \
        ":organization_id") ")) AND a.organization_id = o.id AND a.ended IS NULL"

/* Of a service account: the roles that are assigned to it as the member `membership`, by name, with commas between. */
#define ACCOUNT_ROLE(membership)                                                                                       \
    "NULLIF(CONCAT_WS(',', NULLIF(" membership                                                                         \
    ".own_roles, ''), (SELECT GROUP_CONCAT(rr.name ORDER BY rr.created, rr.id)"                                        \
    " FROM orgd_role_assignments ra JOIN orgd_roles rr ON rr.id = ra.role_id WHERE ra.holder_id = a.id"                \
    " AND ra.organization_id = a.organization_id)), '') AS role"

struct account_params {
    struct credential caller;
    struct account account;
    struct text kind;
    struct text name_key;
    struct text email_key; /* without data: the address is not verified */
    struct timestamp now;
    int64_t maximum; /* of a service account: how many its organization may have */
};

/* The caller is in the rows of account_sql_of_credential alone. */
struct account_row {
    struct caller_row caller;
    struct account account;
};

CALLER_STATEMENTS(account_sql_of_credential);
extern const struct db_statement account_sql_find_user;
extern const struct db_statement account_sql_find_user_by_id;
extern const struct db_statement account_sql_lock; /* of an account that has not ended */
extern const struct db_statement account_sql_find_services;
extern const struct db_statement account_sql_find_service_by_id;
extern const struct db_statement account_sql_find_by_address;
extern const struct db_statement account_sql_list;

extern const struct db_statement account_sql_insert;
/* Changes no row if the organization has as many already; lock its head. */
extern const struct db_statement account_sql_insert_service;
extern const struct db_statement account_sql_set_superuser;
extern const struct db_statement account_sql_change; /* of the revision before that of the parameters */
extern const struct db_statement account_sql_set_profile;
extern const struct db_statement account_sql_end_service;
extern const struct db_statement account_sql_end_user;
extern const struct db_statement account_sql_owned; /* the names of some organizations, in rows of account_row */
extern const struct db_statement account_sql_unlink;
extern const struct db_statement account_sql_delete_external;
extern const struct db_statement account_sql_delete_password;
/* Removes the memberships of most people at once; whoever has more loses the rest later. */
extern const struct db_statement account_sql_end_memberships;
extern const struct db_statement account_sql_end_keys;
/* Of a service account, which belongs to one organization. */
extern const struct db_statement account_sql_leave_teams;
extern const struct db_statement account_sql_drop_roles;
extern const struct db_statement account_sql_end_membership;

#endif
