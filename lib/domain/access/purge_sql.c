#include "purge_sql.h"

#include "lease_sql.h"

static const struct db_record params =
    DB_RECORD(struct purge_params, DB_MEMBER(struct purge_params, parent), DB_MEMBER(struct purge_params, before),
              DB_MEMBER(struct purge_params, from_time), DB_MEMBER(struct purge_params, from_id),
              DB_MEMBER(struct purge_params, count), DB_MEMBER(struct purge_params, holder));
static const struct db_record row =
    DB_RECORD(struct purge_place, DB_MEMBER(struct purge_place, time), DB_MEMBER(struct purge_place, id));

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define CHANGE(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "purge_" title,                                                                                        \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
        .is_repeatable = true,                                                                                         \
    }
#define SEARCH(symbol, title, text)                                                                                    \
    const struct db_statement symbol = {                                                                               \
        .name = "purge_" title,                                                                                        \
        .sql = text,                                                                                                   \
        .params = &params,                                                                                             \
        .row = &row,                                                                                                   \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

CHANGE(purge_sql_take_lease, "take_lease", LEASE_TAKE("purge", "60 SECOND"));
CHANGE(purge_sql_end_lease, "end_lease", LEASE_END("purge", ""));

/* Rounds that follow each other closely write nothing. */
CHANGE(purge_sql_note_done, "note_done",
       "UPDATE orgd_leases SET done = UTC_TIMESTAMP(6) WHERE name = 'purge'"
       " AND done NOT BETWEEN UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE AND UTC_TIMESTAMP(6)");
SEARCH(purge_sql_done, "done", "SELECT done AS time FROM orgd_leases WHERE name = 'purge'");

/* Rows of a table up to a time. */
#define EXPIRED(symbol, title, table, time)                                                                            \
    CHANGE(symbol, title,                                                                                              \
           "DELETE FROM " table " WHERE " time " < :before AND " time " >= :from_time ORDER BY " time                  \
           " LIMIT :count");                                                                                           \
    SEARCH(symbol##_next, title "_next",                                                                               \
           "SELECT " time " AS time FROM " table " WHERE " time " < :before AND " time " >= :from_time ORDER BY " time \
           " LIMIT 1");                                                                                                \
    CHANGE(symbol##_single, title "_single", "DELETE FROM " table " WHERE " time " = :from_time")

EXPIRED(purge_sql_credentials, "credentials", "orgd_credentials", "expires");
EXPIRED(purge_sql_codes, "codes", "orgd_authorization_codes", "expires");
EXPIRED(purge_sql_devices, "devices", "orgd_device_codes", "expires");
EXPIRED(purge_sql_attempts, "attempts", "orgd_attempts", "last");
EXPIRED(purge_sql_mails, "mails", "orgd_mails", "done");
EXPIRED(purge_sql_idempotency, "idempotency", "orgd_idempotency", "created");
EXPIRED(purge_sql_invitations, "invitations", "orgd_invitations", "kept_until");
EXPIRED(purge_sql_mailed_links, "mailed_links", "orgd_mailed_links", "expires");

/* Rows of a table that belong to something. Whichever index MariaDB takes, it finds them in the order of the key; asked
 * for that order, it would sort them all. */
#define BELONGING(symbol, title, table, parent, key) BELONGING_BY(symbol, title, table, "", parent, key)
/* The same where the server might look for the first one along an index that is not in that order. */
#define BELONGING_BY(symbol, title, table, index, parent, key)                                                         \
    CHANGE(symbol, title, "DELETE FROM " table " WHERE " parent " = :parent AND " key " >= :from_id LIMIT :count");    \
    SEARCH(symbol##_next, title "_next",                                                                               \
           "SELECT " key " AS id FROM " table index " WHERE " parent " = :parent AND " key                             \
           " >= :from_id ORDER BY " key " LIMIT 1");                                                                   \
    CHANGE(symbol##_single, title "_single", "DELETE FROM " table " WHERE " parent " = :parent AND " key " = :from_id")

BELONGING(purge_sql_organization_credentials, "organization_credentials", "orgd_credentials", "organization_id", "id");
BELONGING_BY(purge_sql_organization_memberships, "organization_memberships", "orgd_memberships",
             " FORCE INDEX (PRIMARY)", "organization_id", "account_id");
BELONGING(purge_sql_organization_assignments, "organization_assignments", "orgd_role_assignments", "organization_id",
          "holder_id");
BELONGING(purge_sql_organization_team_members, "organization_team_members", "orgd_team_members", "organization_id",
          "holder_id");
BELONGING_BY(purge_sql_organization_roles, "organization_roles", "orgd_roles", " FORCE INDEX (orgd_roles_organization)",
             "organization_id", "id");
BELONGING_BY(purge_sql_organization_teams, "organization_teams", "orgd_teams", " FORCE INDEX (orgd_teams_organization)",
             "organization_id", "id");
BELONGING(purge_sql_organization_accounts, "organization_accounts", "orgd_accounts", "organization_id", "id");
BELONGING(purge_sql_organization_invitations, "organization_invitations", "orgd_invitations", "organization_id", "id");
BELONGING(purge_sql_account_assignments, "account_assignments", "orgd_role_assignments", "holder_id",
          "organization_id");
BELONGING(purge_sql_account_team_members, "account_team_members", "orgd_team_members", "holder_id", "organization_id");
BELONGING(purge_sql_account_codes, "account_codes", "orgd_authorization_codes", "account_id", "id");
BELONGING(purge_sql_account_devices, "account_devices", "orgd_device_codes", "account_id", "id");
BELONGING(purge_sql_client_grants, "client_grants", "orgd_credentials", "client_id", "id");
BELONGING(purge_sql_client_codes, "client_codes", "orgd_authorization_codes", "client_id", "id");
BELONGING(purge_sql_client_devices, "client_devices", "orgd_device_codes", "client_id", "id");

/* What is assigned to invitations, found by the invitations that are removed next. */
#define GIVEN(table)                                                                                                   \
    " FROM orgd_invitations c STRAIGHT_JOIN " table " n ON n.holder_id = c.id WHERE c.kept_until < :before"
#define INVITATIONS_GIVE(symbol, title, table)                                                                         \
    CHANGE(symbol, title,                                                                                              \
           "DELETE u FROM (SELECT c.id" GIVEN(table) " AND c.kept_until >= :from_time ORDER BY c.kept_until"           \
                                                     " LIMIT :count) found STRAIGHT_JOIN " table                       \
                                                     " u ON u.holder_id = found.id");                                  \
    SEARCH(                                                                                                            \
        symbol##_next, title "_next",                                                                                  \
        "SELECT c.kept_until AS time" GIVEN(table) " AND c.kept_until >= :from_time ORDER BY c.kept_until LIMIT 1");   \
    CHANGE(symbol##_single, title "_single",                                                                           \
           "DELETE u FROM orgd_invitations c STRAIGHT_JOIN " table " u ON u.holder_id = c.id"                          \
           " WHERE c.kept_until = :from_time")

INVITATIONS_GIVE(purge_sql_invitation_assignments, "invitation_assignments", "orgd_role_assignments");
INVITATIONS_GIVE(purge_sql_invitation_team_members, "invitation_team_members", "orgd_team_members");

/* When credentials were used, found by the credentials that are removed next. However few there are, MariaDB takes the
 * tables in this order. */
#define USED " FROM orgd_credentials c STRAIGHT_JOIN orgd_credential_uses n ON n.credential_id = c.id WHERE "
#define REMOVE_USES(condition)                                                                                         \
    "DELETE u FROM (SELECT c.id" USED condition                                                                        \
    ") found STRAIGHT_JOIN orgd_credential_uses u ON u.credential_id = found.id"
#define USES_EXPIRED "c.expires < :before AND c.expires "
#define USES_BELONGING(parent) "c." parent " = :parent AND c.id "

CHANGE(purge_sql_uses, "uses", REMOVE_USES(USES_EXPIRED ">= :from_time ORDER BY c.expires LIMIT :count"));
SEARCH(purge_sql_uses_next, "uses_next",
       "SELECT c.expires AS time" USED USES_EXPIRED ">= :from_time ORDER BY c.expires LIMIT 1");
CHANGE(purge_sql_uses_single, "uses_single", REMOVE_USES(USES_EXPIRED "= :from_time"));

#define USES(symbol, title, parent)                                                                                    \
    CHANGE(symbol, title, REMOVE_USES(USES_BELONGING(parent) ">= :from_id LIMIT :count"));                             \
    SEARCH(symbol##_next, title "_next",                                                                               \
           "SELECT c.id AS id" USED USES_BELONGING(parent) ">= :from_id ORDER BY c.id LIMIT 1");                       \
    CHANGE(symbol##_single, title "_single", REMOVE_USES(USES_BELONGING(parent) "= :from_id"))

USES(purge_sql_organization_uses, "organization_uses", "organization_id");
USES(purge_sql_client_uses, "client_uses", "client_id");

/* Memberships of an account, in the order of its index. */
#define OF_ACCOUNT " FROM orgd_memberships WHERE account_id = :parent AND organization_created "
CHANGE(purge_sql_account_memberships, "account_memberships",
       "DELETE" OF_ACCOUNT ">= :from_time ORDER BY account_id, organization_created LIMIT :count");
SEARCH(purge_sql_account_memberships_next, "account_memberships_next",
       "SELECT organization_created AS time" OF_ACCOUNT ">= :from_time ORDER BY organization_created LIMIT 1");
CHANGE(purge_sql_account_memberships_single, "account_memberships_single", "DELETE" OF_ACCOUNT "= :from_time");

/* What has ended. */
#define ENDED(list, removal, plural, singular, condition)                                                              \
    const struct db_statement list = {                                                                                 \
        .name = "purge_ended_" plural,                                                                                 \
        .sql = "SELECT ended AS time, id FROM orgd_" plural " WHERE ended >= :from_time ORDER BY ended LIMIT :count",  \
        .params = &params,                                                                                             \
        .row = &row,                                                                                                   \
    };                                                                                                                 \
    const struct db_statement removal = {                                                                              \
        .name = "purge_" singular,                                                                                     \
        .sql = "DELETE FROM orgd_" plural " WHERE id = :parent AND ended IS NOT NULL" condition,                       \
        .params = &params,                                                                                             \
        .is_repeatable = true,                                                                                         \
    }

ENDED(purge_sql_ended_organizations, purge_sql_organization, "organizations", "organization", "");
/* An organization keeps its owner until it is removed. */
ENDED(purge_sql_ended_accounts, purge_sql_account, "accounts", "account",
      " AND NOT EXISTS (SELECT 1 FROM orgd_organizations o WHERE o.owner_id = :parent)");
ENDED(purge_sql_ended_clients, purge_sql_client, "clients", "client", "");
