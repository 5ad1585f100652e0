#include "account_import_sql.h"

#include "account_sql.h"

static const struct db_record row =
    DB_RECORD(struct account_import, DB_MEMBER_AS("name", struct account_import, account.name),
              DB_MEMBER_AS("email", struct account_import, account.email),
              DB_MEMBER_AS("email_verified", struct account_import, account.email_verified),
              DB_MEMBER_AS("full_name", struct account_import, account.full_name),
              DB_MEMBER_AS("avatar_url", struct account_import, account.avatar_url),
              DB_MEMBER_AS("company", struct account_import, account.company),
              DB_MEMBER_AS("job_title", struct account_import, account.job_title),
              DB_MEMBER_AS("metadata", struct account_import, account.metadata),
              DB_MEMBER_AS("language", struct account_import, account.language),
              DB_MEMBER_AS("time_zone", struct account_import, account.time_zone),
              DB_MEMBER_AS("is_active", struct account_import, account.is_active),
              DB_MEMBER_AS("is_superuser", struct account_import, account.is_superuser),
              DB_MEMBER_AS("organization_limit", struct account_import, account.organization_limit),
              DB_MEMBER_AS("hash", struct account_import, password_hash));

const struct db_statement account_import_sql_export = {
    .name = "account_export",
    .sql =
        "SELECT a.name, " ACCOUNT_EMAIL ", a.full_name, p.avatar_url, p.company, p.job_title, p.metadata, p.language,"
        " p.time_zone, a.is_active, a.is_superuser, COALESCE(a.organization_limit, -1) AS organization_limit, h.hash"
        " FROM orgd_accounts a" ACCOUNT_JOINS " LEFT JOIN orgd_passwords h ON h.account_id = a.id"
        " WHERE a.kind = 'user' AND a.ended IS NULL ORDER BY a.name_key",
    .row = &row,
};
