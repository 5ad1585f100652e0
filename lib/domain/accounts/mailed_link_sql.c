#include "mailed_link_sql.h"

static const struct db_record params =
    DB_RECORD(struct mailed_link_params, DB_MEMBER(struct mailed_link_params, id),
              DB_MEMBER(struct mailed_link_params, account_id), DB_MEMBER(struct mailed_link_params, kind),
              DB_MEMBER(struct mailed_link_params, email), DB_MEMBER(struct mailed_link_params, email_key),
              DB_MEMBER(struct mailed_link_params, digest), DB_MEMBER(struct mailed_link_params, now),
              DB_MEMBER(struct mailed_link_params, expires));
static const struct db_record row =
    DB_RECORD(struct mailed_link_row, DB_MEMBER(struct mailed_link_row, account_id),
              DB_MEMBER(struct mailed_link_row, username), DB_MEMBER(struct mailed_link_row, email),
              DB_MEMBER(struct mailed_link_row, email_key), DB_MEMBER(struct mailed_link_row, reason));

#define INSERT                                                                                                         \
    "REPLACE INTO orgd_mailed_links (account_id, kind, id, email, email_key, digest, expires)"                         \
    " SELECT a.id, :kind, :id, :email, :email_key, :digest, :expires FROM orgd_accounts a"                             \
    " WHERE a.id = :account_id AND a.kind = 'user' AND a.is_active AND a.ended IS NULL"
#define IS_VERIFIED "a.email_key = :email_key"
#define IS_TO_BE_VERIFIED "a.email_key IS NULL AND a.email = :email"

const struct db_statement mailed_link_sql_insert_for_password = {
    .name = "mailed_link_insert_for_password",
    .sql = INSERT " AND " IS_VERIFIED " LOCK IN SHARE MODE",
    .params = &params,
};

const struct db_statement mailed_link_sql_insert_for_address = {
    .name = "mailed_link_insert_for_address",
    .sql = INSERT " AND " IS_TO_BE_VERIFIED " LOCK IN SHARE MODE",
    .params = &params,
};

/* SQL may compare digests, although not in constant time: the time tells something about a digest, but that does not
 * lead to the secret. */
const struct db_statement mailed_link_sql_open = {
    .name = "mailed_link_open",
    .sql = "SELECT l.account_id, a.name AS username, l.email, l.email_key, CASE"
           " WHEN NOT a.is_active OR a.ended IS NOT NULL THEN 'account_deactivated'"
           " WHEN l.expires <= :now THEN 'expired'"
           " WHEN l.kind = 'password' AND (a.email_key IS NULL OR a.email_key <> l.email_key) THEN 'address_changed'"
           " WHEN l.kind = 'address' AND (a.email_key IS NOT NULL OR a.email IS NULL OR a.email <> l.email)"
           " THEN 'address_changed' END AS reason"
           " FROM orgd_mailed_links l JOIN orgd_accounts a ON a.id = l.account_id"
           " WHERE l.id = :id AND l.digest = :digest AND l.kind = :kind",
    .params = &params,
    .row = &row,
};

const struct db_statement mailed_link_sql_use = {
    .name = "mailed_link_use",
    .sql = "DELETE FROM orgd_mailed_links WHERE id = :id AND digest = :digest AND expires > :now",
    .params = &params,
};
