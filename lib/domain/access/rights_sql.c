#include "rights_sql.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): these are literals */
#define PROBE(of_table, text)                                                                                          \
    {                                                                                                                  \
        .table = of_table, .statement = {.name = "rights", .sql = text " WHERE FALSE" }                                \
    }

/* `columns` are those that a row cannot do without, and `column` is one that can change. */
#define READ_AND_WRITE(table, columns, column)                                                                         \
    PROBE(table, "UPDATE " table " SET " column " = " column), PROBE(table, "DELETE FROM " table),                     \
        PROBE(table, "INSERT INTO " table " (" columns ") SELECT " columns " FROM " table)

const struct rights_probe rights_needed[] = {
    READ_AND_WRITE("orgd_accounts", "id, kind, name, name_key, created, updated", "name"),
    READ_AND_WRITE("orgd_profiles", "account_id", "company"),
    READ_AND_WRITE("orgd_credentials", "id, account_id, kind, secret_digest, created", "name"),
    READ_AND_WRITE("orgd_credential_uses", "credential_id, last_used", "last_used"),
    READ_AND_WRITE("orgd_identities", "id, digest, issuer, subject, linked", "linked"),
    READ_AND_WRITE("orgd_organizations", "id, name, name_key, owner_id, subscription_status, created, updated", "name"),
    READ_AND_WRITE("orgd_memberships", "organization_id, account_id, own_roles, organization_created", "mask"),
    READ_AND_WRITE("orgd_roles", "id, organization_id, name, name_key, mask, created, updated", "mask"),
    READ_AND_WRITE("orgd_role_assignments", "role_id, holder_id, holder, organization_id", "holder"),
    READ_AND_WRITE("orgd_teams", "id, organization_id, name, name_key, created, updated", "mask"),
    READ_AND_WRITE("orgd_team_members", "team_id, holder_id, holder, organization_id, created", "created"),
    READ_AND_WRITE("orgd_leases", "name, holder, expires, done", "expires"),
    READ_AND_WRITE("orgd_passwords", "account_id, hash, cost, changed", "hash"),
    READ_AND_WRITE("orgd_attempts", "bucket, failures, last", "failures"),
    READ_AND_WRITE("orgd_clients", "id, name, name_key, redirect_uris, created", "name"),
    READ_AND_WRITE("orgd_authorization_codes",
                   "id, digest, client_id, account_id, session_id, redirect_uri, wrong_verifiers, expires", "used"),
    READ_AND_WRITE("orgd_device_codes",
                   "id, digest, user_digest, client, device, user_agent, address, poll_interval, expires", "polled"),
    READ_AND_WRITE("orgd_idempotency", "account_id, key_digest, request_digest, status, headers, body, created",
                   "status"),
    READ_AND_WRITE(
        "orgd_invitations",
        "id, organization_id, email, email_key, own_roles, link_digest, mail_digest, days, created, expires, "
        "kept_until",
        "status"),
    READ_AND_WRITE("orgd_event_blocks", "block, earliest, latest", "earliest"),
    READ_AND_WRITE("orgd_mailed_links", "account_id, kind, id, email, email_key, digest, expires", "expires"),
    READ_AND_WRITE("orgd_event_chains", "id, sequence, occurred_at, hash", "sequence"),
    READ_AND_WRITE("orgd_events",
                   "chain_id, occurred_at, sequence, id, action, actor_type, targets, changes, count, version, hash",
                   "position"),
    READ_AND_WRITE("orgd_event_heads", "chain_id, month, sequence, occurred_at, hash, signed_at, signature",
                   "sequence"),
    READ_AND_WRITE("orgd_event_targets", "target_id, chain_id, occurred_at", "occurred_at"),
    READ_AND_WRITE("orgd_event_subjects", "kind, subject, position", "position"),
    READ_AND_WRITE("orgd_event_refusals", "subject_id, action, began, pending", "pending"),
    READ_AND_WRITE("orgd_mails",
                   "id, kind, organization_id, recipient, language, subject, state, created, give_up, attempts", "due"),
    {.table = NULL},
};

const struct rights_probe rights_beyond[] = {
    PROBE("orgd_accounts", "UPDATE orgd_accounts SET is_superuser = is_superuser"),
    PROBE("orgd_schema_migrations", "DELETE FROM orgd_schema_migrations"),
    {.table = NULL},
};
/* NOLINTEND(bugprone-macro-parentheses) */
