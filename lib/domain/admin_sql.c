#include "admin_sql.h"

#include "base/digest.h"
#include "domain/access/caller_sql.h"

/* Accounts */

static const struct db_field account_insert_params[] = {
    DB_FIELD(struct admin_account_params, account.id),
    DB_FIELD(struct admin_account_params, kind),
    DB_FIELD(struct admin_account_params, account.name),
    DB_FIELD(struct admin_account_params, name_key),
    DB_FIELD(struct admin_account_params, account.email),
    DB_FIELD(struct admin_account_params, account.full_name),
    DB_FIELD(struct admin_account_params, account.is_superuser),
    DB_FIELD(struct admin_account_params, account.organization_id),
    DB_FIELD(struct admin_account_params, account.organization_limit),
    DB_FIELD(struct admin_account_params, now),
    DB_FIELD(struct admin_account_params, now),
};

const struct db_statement admin_sql_account_insert = {
    .name = "admin_account_insert",
    .sql =
        "INSERT INTO accounts (id, kind, name, name_key, email, full_name, is_superuser, organization_id, organization_limit,"
        " created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, -1), ?, ?)",
    DB_PARAMS(account_insert_params),
};

static const struct db_field service_member_params[] = {
    DB_FIELD(struct admin_account_params, account.id),
    DB_FIELD(struct admin_account_params, role),
    DB_FIELD(struct admin_account_params, account.organization_id),
};

const struct db_statement admin_sql_service_member = {
    .name = "admin_service_member",
    .sql = "INSERT INTO memberships (organization_id, account_id, role, organization_created)"
           " SELECT id, ?, ?, created FROM organizations WHERE id = ?",
    DB_PARAMS(service_member_params),
};

#define ACCOUNT_SELECT                                                                                                   \
    "SELECT a.id, a.kind = 'service', a.name, a.email, a.full_name, a.is_active, a.is_superuser, a.organizations_owned," \
    " COALESCE(a.organization_limit, -1), a.organization_id, o.name, m.role, a.created"                                  \
    " FROM accounts a LEFT JOIN organizations o ON o.id = a.organization_id"                                             \
    " LEFT JOIN memberships m ON m.organization_id = a.organization_id AND m.account_id = a.id"

static const struct db_field account_columns[] = {
    DB_FIELD(struct admin_account, id),
    DB_FIELD(struct admin_account, is_service),
    DB_FIELD(struct admin_account, name),
    DB_FIELD(struct admin_account, email),
    DB_FIELD(struct admin_account, full_name),
    DB_FIELD(struct admin_account, is_active),
    DB_FIELD(struct admin_account, is_superuser),
    DB_FIELD(struct admin_account, organizations_owned),
    DB_FIELD(struct admin_account, organization_limit),
    DB_FIELD(struct admin_account, organization_id),
    DB_FIELD(struct admin_account, organization),
    DB_FIELD(struct admin_account, role),
    DB_FIELD(struct admin_account, created),
};

static const struct db_field account_find_params[] = {
    DB_FIELD(struct admin_account_params, name_key),
    DB_FIELD(struct admin_account_params, kind),
};

const struct db_statement admin_sql_account_find = {
    .name = "admin_account_find",
    .sql = ACCOUNT_SELECT " WHERE a.name_key = ? AND a.kind = ?",
    DB_PARAMS(account_find_params),
    DB_COLUMNS(struct admin_account, account_columns),
};

static const struct db_field account_list_params[] = {
    DB_FIELD(struct admin_account_params, kind),
    DB_FIELD(struct admin_account_params, account.organization_id),
    DB_FIELD(struct admin_account_params, account.organization_id),
};

const struct db_statement admin_sql_account_list = {
    .name = "admin_account_list",
    .sql = ACCOUNT_SELECT " WHERE a.kind = ? AND (? IS NULL OR a.organization_id = ?) ORDER BY a.name_key",
    DB_PARAMS(account_list_params),
    DB_COLUMNS(struct admin_account, account_columns),
};

static const struct db_field account_update_params[] = {
    DB_FIELD(struct admin_account_params, account.email),
    DB_FIELD(struct admin_account_params, account.full_name),
    DB_FIELD(struct admin_account_params, account.is_superuser),
    DB_FIELD(struct admin_account_params, account.organization_limit),
    DB_FIELD(struct admin_account_params, now),
    DB_FIELD(struct admin_account_params, account.id),
};

const struct db_statement admin_sql_account_update = {
    .name = "admin_account_update",
    .sql =
        "UPDATE accounts SET email = ?, full_name = ?, is_superuser = ?, organization_limit = NULLIF(?, -1), updated = ?"
        " WHERE id = ?",
    DB_PARAMS(account_update_params),
};

static const struct db_field account_set_active_params[] = {
    DB_FIELD(struct admin_account_params, account.is_active),
    DB_FIELD(struct admin_account_params, now),
    DB_FIELD(struct admin_account_params, account.id),
};

const struct db_statement admin_sql_account_set_active = {
    .name = "admin_account_set_active",
    .sql = "UPDATE accounts SET is_active = ?, updated = ? WHERE id = ?",
    DB_PARAMS(account_set_active_params),
};

static const struct db_field service_delete_params[] = {DB_FIELD(struct admin_account_params, account.id)};

const struct db_statement admin_sql_service_delete = {
    .name = "admin_service_delete",
    .sql = "DELETE FROM accounts WHERE id = ? AND kind = 'service'",
    DB_PARAMS(service_delete_params),
};

/* Credentials */

static const struct db_field credential_insert_params[] = {
    DB_FIELD(struct admin_credential_params, id),   DB_FIELD(struct admin_credential_params, kind),
    DB_FIELD(struct admin_credential_params, name), DB_FIELD(struct admin_credential_params, secret),
    DB_FIELD(struct admin_credential_params, now),  DB_FIELD(struct admin_credential_params, account_id),
};

const struct db_statement admin_sql_credential_insert = {
    .name = "admin_credential_insert",
    .sql = "INSERT INTO credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created)"
           " SELECT " ACCOUNT_VALUES ", ?, ?, ?, ?, ?" FOR_ACCOUNT,
    DB_PARAMS(credential_insert_params),
};

static const struct db_field credential_list_params[] = {DB_FIELD(struct admin_credential_params, account_id)};
static const struct db_field credential_columns[] = {
    DB_FIELD(struct admin_credential, id),
    DB_FIELD(struct admin_credential, name),
    DB_FIELD(struct admin_credential, account),
    DB_FIELD(struct admin_credential, is_active),
    DB_FIELD(struct admin_credential, created),
    DB_FIELD(struct admin_credential, rotated),
    DB_FIELD(struct admin_credential, retained_until),
};

const struct db_statement admin_sql_credential_list = {
    .name = "admin_credential_list",
    .sql =
        "SELECT c.id, c.name, a.name, c.is_active, c.created, c.rotated, c.retained_until"
        " FROM credentials c JOIN accounts a ON a.id = c.account_id WHERE c.account_id = ? AND c.name IS NOT NULL ORDER BY c.name",
    DB_PARAMS(credential_list_params),
    DB_COLUMNS(struct admin_credential, credential_columns),
};

static const struct db_field key_rotate_params[] = {
    DB_FIELD(struct admin_credential_params, retained_until),
    DB_FIELD(struct admin_credential_params, retained_until),
    DB_FIELD(struct admin_credential_params, secret),
    DB_FIELD(struct admin_credential_params, now),
    DB_FIELD(struct admin_credential_params, id),
};

/* Assignments are made from left to right, so the digest is kept before it is replaced. */
const struct db_statement admin_sql_key_rotate = {
    .name = "admin_key_rotate",
    .sql = "UPDATE credentials SET retained_digest = IF(? IS NULL, NULL, secret_digest), retained_until = ?,"
           " secret_digest = ?, rotated = ? WHERE id = ? AND kind = 'api_key'",
    DB_PARAMS(key_rotate_params),
};

static const struct db_field credential_set_active_params[] = {
    DB_FIELD(struct admin_credential_params, is_active),
    DB_FIELD(struct admin_credential_params, id),
    DB_FIELD(struct admin_credential_params, kind),
};

const struct db_statement admin_sql_credential_set_active = {
    .name = "admin_credential_set_active",
    .sql = "UPDATE credentials SET is_active = ? WHERE id = ? AND kind = ?",
    DB_PARAMS(credential_set_active_params),
};

static const struct db_field credential_delete_params[] = {
    DB_FIELD(struct admin_credential_params, id),
    DB_FIELD(struct admin_credential_params, kind),
};

const struct db_statement admin_sql_credential_delete = {
    .name = "admin_credential_delete",
    .sql = "DELETE FROM credentials WHERE id = ? AND kind = ?",
    DB_PARAMS(credential_delete_params),
};

/* Organizations */

#define ORGANIZATION_SELECT                                                                                            \
    "SELECT o.id, o.name, o.description, o.owner_id, a.name, o.subscription_status, o.trial_end,"                      \
    " (SELECT COUNT(*) FROM memberships m WHERE m.organization_id = o.id), o.revision, o.created, o.updated"           \
    " FROM organizations o JOIN accounts a ON a.id = o.owner_id"

static const struct db_field organization_columns[] = {
    DB_FIELD(struct admin_organization, id),          DB_FIELD(struct admin_organization, name),
    DB_FIELD(struct admin_organization, description), DB_FIELD(struct admin_organization, owner_id),
    DB_FIELD(struct admin_organization, owner),       DB_FIELD(struct admin_organization, subscription_status),
    DB_FIELD(struct admin_organization, trial_end),   DB_FIELD(struct admin_organization, members),
    DB_FIELD(struct admin_organization, revision),    DB_FIELD(struct admin_organization, created),
    DB_FIELD(struct admin_organization, updated),
};

static const struct db_field organization_find_params[] = {
    DB_FIELD(struct admin_organization_params, id),
    DB_FIELD(struct admin_organization_params, name_key),
};

const struct db_statement admin_sql_organization_find = {
    .name = "admin_organization_find",
    .sql = ORGANIZATION_SELECT " WHERE o.id = ? OR o.name_key = ?",
    DB_PARAMS(organization_find_params),
    DB_COLUMNS(struct admin_organization, organization_columns),
};

const struct db_statement admin_sql_organization_list = {
    .name = "admin_organization_list",
    .sql = ORGANIZATION_SELECT " ORDER BY o.created, o.id",
    DB_COLUMNS(struct admin_organization, organization_columns),
};

static const struct db_field organization_delete_params[] = {
    DB_FIELD(struct admin_organization_params, id),
    DB_FIELD(struct admin_organization_params, revision),
};

const struct db_statement admin_sql_organization_delete = {
    .name = "admin_organization_delete",
    .sql = "DELETE FROM organizations WHERE id = ? AND revision = ?",
    DB_PARAMS(organization_delete_params),
};

static const struct db_field drop_owner_params[] = {DB_FIELD(struct admin_organization_params, account_id)};

const struct db_statement admin_sql_organization_drop_owner = {
    .name = "admin_organization_drop_owner",
    .sql = "UPDATE accounts SET organizations_owned = organizations_owned - 1 WHERE id = ?",
    DB_PARAMS(drop_owner_params),
};

/* Memberships */

static const struct db_field member_set_params[] = {
    DB_FIELD(struct admin_organization_params, role),
    DB_FIELD(struct admin_organization_params, id),
    DB_FIELD(struct admin_organization_params, account_id),
    DB_FIELD(struct admin_organization_params, role),
};

const struct db_statement admin_sql_member_set = {
    .name = "admin_member_set",
    .sql = "INSERT INTO memberships (organization_id, account_id, role, organization_created)"
           " SELECT o.id, a.id, ?, o.created FROM organizations o JOIN accounts a"
           " WHERE o.id = ? AND a.id = ? AND (o.owner_id <> a.id OR ? = 'admin')"
           " ON DUPLICATE KEY UPDATE role = VALUES(role)",
    DB_PARAMS(member_set_params),
};

static const struct db_field member_list_params[] = {DB_FIELD(struct admin_organization_params, id)};
static const struct db_field member_columns[] = {
    DB_FIELD(struct admin_member, id),         DB_FIELD(struct admin_member, name),
    DB_FIELD(struct admin_member, is_service), DB_FIELD(struct admin_member, role),
    DB_FIELD(struct admin_member, is_owner),
};

const struct db_statement admin_sql_member_list = {
    .name = "admin_member_list",
    .sql = "SELECT a.id, a.name, a.kind = 'service', m.role, a.id = o.owner_id FROM memberships m"
           " JOIN accounts a ON a.id = m.account_id JOIN organizations o ON o.id = m.organization_id"
           " WHERE m.organization_id = ? ORDER BY a.name_key",
    DB_PARAMS(member_list_params),
    DB_COLUMNS(struct admin_member, member_columns),
};

static const struct db_field member_remove_params[] = {
    DB_FIELD(struct admin_organization_params, id),
    DB_FIELD(struct admin_organization_params, account_id),
};

const struct db_statement admin_sql_member_remove = {
    .name = "admin_member_remove",
    .sql = "DELETE m FROM memberships m JOIN organizations o ON o.id = m.organization_id"
           " WHERE m.organization_id = ? AND m.account_id = ? AND o.owner_id <> m.account_id",
    DB_PARAMS(member_remove_params),
};

static const struct db_field subscription_set_params[] = {
    DB_FIELD(struct admin_organization_params, status),
    DB_FIELD(struct admin_organization_params, trial_end),
    DB_FIELD(struct admin_organization_params, id),
};

const struct db_statement admin_sql_subscription_set = {
    .name = "admin_subscription_set",
    .sql = "UPDATE organizations SET subscription_status = ?, trial_end = COALESCE(?, trial_end) WHERE id = ?",
    DB_PARAMS(subscription_set_params),
};
