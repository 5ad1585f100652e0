#include "refresh_sql.h"

static const struct db_record params =
    DB_RECORD(struct refresh_params, DB_MEMBER(struct refresh_params, id), DB_MEMBER(struct refresh_params, number),
              DB_MEMBER(struct refresh_params, now), DB_MEMBER(struct refresh_params, expires));

static const struct db_record row =
    DB_RECORD(struct refresh_row, DB_MEMBER_AS("secret_digest", struct refresh_row, salt),
              DB_MEMBER_AS("refresh_number", struct refresh_row, number), DB_MEMBER(struct refresh_row, generation),
              DB_MEMBER(struct refresh_row, client), DB_MEMBER(struct refresh_row, account_id),
              DB_MEMBER(struct refresh_row, username), DB_MEMBER(struct refresh_row, is_active),
              DB_MEMBER(struct refresh_row, rotated), DB_MEMBER(struct refresh_row, expires));

#define CLIENT_HAS_ENDED "EXISTS (SELECT 1 FROM orgd_clients i WHERE i.id = c.client_id AND i.ended IS NOT NULL)"
#define SELECT                                                                                                         \
    "SELECT c.secret_digest, c.refresh_number, c.generation, c.client, a.id AS account_id, a.name AS username,"        \
    " a.is_active AND c.is_active AND NOT " CLIENT_HAS_ENDED " AS is_active, c.rotated, c.expires"                     \
    " FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id WHERE c.id = :id AND c.kind = 'grant'"

const struct db_statement refresh_sql_find = {
    .name = "refresh_find",
    .sql = SELECT,
    .params = &params,
    .row = &row,
};

const struct db_statement refresh_sql_find_for_update = {
    .name = "refresh_find_for_update",
    .sql = SELECT " FOR UPDATE",
    .params = &params,
    .row = &row,
};

const struct db_statement refresh_sql_rotate = {
    .name = "refresh_rotate",
    .sql = "UPDATE orgd_credentials SET refresh_number = refresh_number + 1, rotated = :now, expires = :expires"
           " WHERE id = :id AND kind = 'grant' AND refresh_number = :number AND is_active AND account_is_active"
           " AND expires > :now",
    .params = &params,
};
