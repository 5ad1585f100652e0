#include "account_import_sql.h"

static const struct db_record row =
    DB_RECORD(struct account_import, DB_MEMBER_AS("name", struct account_import, account.name),
              DB_MEMBER_AS("email", struct account_import, account.email),
              DB_MEMBER_AS("email_verified", struct account_import, account.email_verified),
              DB_MEMBER_AS("full_name", struct account_import, account.full_name),
              DB_MEMBER_AS("is_active", struct account_import, account.is_active),
              DB_MEMBER_AS("is_superuser", struct account_import, account.is_superuser),
              DB_MEMBER_AS("organization_limit", struct account_import, account.organization_limit),
              DB_MEMBER_AS("hash", struct account_import, password_hash));

const struct db_statement account_import_sql_export = {
    .name = "account_export",
    .sql =
        "SELECT a.name, a.email, a.email_key IS NOT NULL AS email_verified, a.full_name, a.is_active, a.is_superuser,"
        " COALESCE(a.organization_limit, -1) AS organization_limit, p.hash"
        " FROM orgd_accounts a LEFT JOIN orgd_passwords p ON p.account_id = a.id"
        " WHERE a.kind = 'user' AND a.ended IS NULL ORDER BY a.name_key",
    .row = &row,
};
