#include "account_sql.h"

static const struct db_record params =
    DB_RECORD(struct account_params, CALLER_MEMBERS(struct account_params, caller),
              ACCOUNT_MEMBERS(struct account_params), DB_MEMBER(struct account_params, kind),
              DB_MEMBER(struct account_params, name_key), DB_MEMBER(struct account_params, email_key),
              DB_MEMBER(struct account_params, now), DB_MEMBER(struct account_params, maximum));
static const struct db_record row = DB_RECORD(struct account_row, ACCOUNT_MEMBERS(struct account_row));

/* Reads whose credential it is. The names of the caller's columns come first. */
static const struct db_record caller_row =
    DB_RECORD(struct account_row, CALLER_ROW_MEMBERS(struct account_row, caller),
              DB_MEMBER_AS("generation", struct account_row, account.generation), ACCOUNT_MEMBERS(struct account_row));

/* What tells whose credential it is, and no more, since clients' secrets are checked by it as well. */
#define OF_CREDENTIAL(proof)                                                                                           \
    "SELECT " CALLER_COLUMNS(proof) ", " CALLER_GENERATION(                                                            \
        proof) " AS generation, a.id, a.organization_id, a.kind = 'service' AS is_service, a.name, " ACCOUNT_EMAIL     \
               ", a.full_name" CALLER_FROM(proof) " JOIN orgd_accounts a ON a.id = c.account_id" CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(account_sql_of_credential, "account_of_credential", OF_CREDENTIAL, &params, &caller_row);

#define SELECT                                                                                                         \
    "SELECT " ACCOUNT_SHOWN ", a.organizations_owned,"                                                                 \
    " o.name AS organization, " ACCOUNT_ROLE(                                                                          \
        "m") " FROM orgd_accounts a" ACCOUNT_JOINS " LEFT JOIN orgd_organizations o ON o.id = a.organization_id"       \
             " LEFT JOIN orgd_memberships m ON m.organization_id = a.organization_id AND m.account_id = a.id"

/* A service account ends with its organization. */
#define LIVES " AND a.ended IS NULL AND o.ended IS NULL"

#define OF_ORGANIZATION " AND (:organization_id IS NULL OR a.organization_id = :organization_id)"

const struct db_statement account_sql_find_user = {
    .name = "account_find_user",
    .sql = SELECT " WHERE a.name_key = :name_key AND a.kind = 'user'" LIVES,
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_find_user_by_id = {
    .name = "account_find_user_by_id",
    .sql = SELECT " WHERE a.id = :id AND a.kind = 'user'" LIVES,
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_lock = {
    .name = "account_lock",
    .sql = SELECT " WHERE a.id = :id" LIVES " FOR UPDATE",
    .params = &params,
    .row = &row,
};

/* Where the keys of one name begin and end: in the organization, or (no organization) in all. */
#define FIRST_KEY SERVICE_NAME_KEY("COALESCE(:organization_id, '')")
#define LAST_KEY SERVICE_NAME_KEY("COALESCE(:organization_id, REPEAT(UNHEX('FF'), 16))")

/* Two rows are enough to see that the name is that of several. */
const struct db_statement account_sql_find_services = {
    .name = "account_find_services",
    .sql = SELECT " WHERE a.kind = 'service' AND a.name_key BETWEEN " FIRST_KEY " AND " LAST_KEY LIVES " LIMIT 2",
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_find_service_by_id = {
    .name = "account_find_service_by_id",
    .sql = SELECT " WHERE a.id = :id AND a.kind = 'service'" OF_ORGANIZATION LIVES,
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_find_by_address = {
    .name = "account_find_by_address",
    .sql = SELECT " WHERE a.email_key = :email_key",
    .params = &params,
    .row = &row,
};

const struct db_statement account_sql_list = {
    .name = "account_list",
    .sql = SELECT " WHERE a.kind = :kind" OF_ORGANIZATION LIVES " ORDER BY a.name_key",
    .params = &params,
    .row = &row,
};

/* Without an organization the first is NULL. */
#define NEW_KEY "COALESCE(" SERVICE_NAME_KEY(":organization_id") ", :name_key)"

#define INSERT                                                                                                         \
    "INSERT INTO orgd_accounts (id, kind, name, name_key, email, email_key, full_name, organization_id,"               \
    " organization_limit, is_active, created, updated)"                                                                \
    " SELECT :id, IF(:organization_id IS NULL, 'user', 'service'), :name, " NEW_KEY                                    \
    ", :email, :email_key, :full_name, :organization_id, NULLIF(:organization_limit, -1), :is_active, :now, :now"

const struct db_statement account_sql_insert = {
    .name = "account_insert",
    .sql = INSERT,
    .params = &params,
};

const struct db_statement account_sql_insert_service = {
    .name = "account_insert_service",
    .sql = INSERT " WHERE (SELECT COUNT(*) FROM orgd_accounts n FORCE INDEX (orgd_accounts_organization)"
                  " WHERE n.organization_id = :organization_id AND n.ended IS NULL) < :maximum",
    .params = &params,
};

/* The workers have no right to do this (sql/application-role.sql). */
const struct db_statement account_sql_set_superuser = {
    .name = "account_set_superuser",
    .sql = "UPDATE orgd_accounts SET is_superuser = :is_superuser WHERE id = :id",
    .params = &params,
};

/* Who has lost the row to somebody else starts again. */
const struct db_statement account_sql_change = {
    .name = "account_change",
    .sql = "UPDATE orgd_accounts SET name = :name, name_key = " NEW_KEY ", email = :email,"
           " email_key = :email_key, full_name = :full_name, is_active = :is_active,"
           " organization_limit = NULLIF(:organization_limit, -1), revision = :revision, updated = :updated"
           " WHERE id = :id AND ended IS NULL AND revision = :revision - 1",
    .params = &params,
};

const struct db_statement account_sql_set_profile = {
    .name = "account_set_profile",
    .sql = "INSERT INTO orgd_profiles (account_id, avatar_url, company, job_title, metadata, language, time_zone,"
           " description)"
           " VALUES (:id, :avatar_url, :company, :job_title, :metadata, :language, :time_zone, :description)"
           " ON DUPLICATE KEY UPDATE avatar_url = VALUES(avatar_url), company = VALUES(company),"
           " job_title = VALUES(job_title), metadata = VALUES(metadata), language = VALUES(language),"
           " time_zone = VALUES(time_zone), description = VALUES(description)",
    .params = &params,
};

const struct db_statement account_sql_end_service = {
    .name = "account_end_service",
    .sql = "UPDATE orgd_accounts SET ended = :now, email_key = NULL, name_key = " NO_NAME_KEY
           " WHERE id = :id AND kind = 'service' AND ended IS NULL",
    .params = &params,
};

/* An owner stays. Nobody signs in, is granted anything or owns anything behind this. */
const struct db_statement account_sql_end_user = {
    .name = "account_end_user",
    .sql = "UPDATE orgd_accounts SET ended = :now, is_active = FALSE, email_key = NULL, name_key = " NO_NAME_KEY
           " WHERE id = :id AND kind = 'user' AND ended IS NULL AND organizations_owned = 0",
    .params = &params,
};

const struct db_statement account_sql_owned = {
    .name = "account_owned",
    .sql = "SELECT name FROM orgd_organizations WHERE owner_id = :id AND ended IS NULL ORDER BY created, id LIMIT 4",
    .params = &params,
    .row = &row,
};

/* As 'user unlink' leaves them: only an operator links them again. */
const struct db_statement account_sql_unlink = {
    .name = "account_unlink",
    .sql = "UPDATE orgd_identities SET account_id = NULL WHERE account_id = :id",
    .params = &params,
};

const struct db_statement account_sql_delete_external = {
    .name = "account_delete_external",
    .sql = "DELETE c FROM orgd_credentials c" LIVE_OF_ACCOUNT " WHERE c.account_id = :id AND c." CREDENTIAL_LIVES
           " AND c.kind = 'external'",
    .params = &params,
};

const struct db_statement account_sql_delete_password = {
    .name = "account_delete_password",
    .sql = "DELETE FROM orgd_passwords WHERE account_id = :id",
    .params = &params,
};

const struct db_statement account_sql_end_memberships = {
    .name = "account_end_memberships",
    .sql = "DELETE FROM orgd_memberships WHERE account_id = :id LIMIT 1000",
    .params = &params,
};

const struct db_statement account_sql_end_keys = {
    .name = "account_end_keys",
    .sql = "UPDATE orgd_credentials" LIVE_OF_ACCOUNT " SET " CREDENTIAL_ENDS
           " WHERE account_id = :id AND " CREDENTIAL_LIVES,
    .params = &params,
};

#define OF_HOLDER " WHERE holder_id = :id AND organization_id = :organization_id"

const struct db_statement account_sql_leave_teams = {
    .name = "account_leave_teams",
    .sql = "DELETE FROM orgd_team_members" OF_HOLDER,
    .params = &params,
};

const struct db_statement account_sql_drop_roles = {
    .name = "account_drop_roles",
    .sql = "DELETE FROM orgd_role_assignments" OF_HOLDER,
    .params = &params,
};

const struct db_statement account_sql_end_membership = {
    .name = "account_end_membership",
    .sql = "DELETE FROM orgd_memberships WHERE organization_id = :organization_id AND account_id = :id",
    .params = &params,
};
