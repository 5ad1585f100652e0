#include "password_reset_sql.h"

#include "session_sql.h"

static const struct db_record params =
    DB_RECORD(struct password_reset_params, DB_MEMBER(struct password_reset_params, name_key));
static const struct db_record row =
    DB_RECORD(struct password_reset_row, ACCOUNT_MEMBERS(struct password_reset_row),
              DB_MEMBER(struct password_reset_row, has_password), DB_MEMBER(struct password_reset_row, issuer));

const struct db_statement password_reset_sql_person = {
    .name = "password_reset_person",
    .sql =
        "SELECT a.id, a.name, " ACCOUNT_EMAIL ", a.is_active, p.language,"
        " EXISTS (SELECT 1 FROM orgd_passwords w WHERE w.account_id = a.id) AS has_password, f.issuer FROM orgd_accounts a" ACCOUNT_JOINS
        " WHERE a.id = " SESSION_CALLED " AND a.ended IS NULL",
    .params = &params,
    .row = &row,
};
