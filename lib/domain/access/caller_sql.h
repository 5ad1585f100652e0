/* What the statements of requests share: the caller's credential. Its row also says what a request must know about the
 * account. Every column and every table costs each request time, so read only what all requests need here. */
#ifndef ORGD_CALLER_SQL_H
#define ORGD_CALLER_SQL_H

#include "caller.h"
#include "db/db_statement.h"

#define CALLER_COLUMNS                                                                                                 \
    "c.account_id AS caller_account_id, c.account_is_superuser AS caller_is_superuser, c.account_is_active,"           \
    " c.is_active, c.secret_digest, c.retained_digest, c.retained_until"
#define CALLER_FROM " FROM orgd_credentials c"
#define CALLER_WHERE " WHERE c.id = :caller_id"

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */

/* The members of these columns: `place` is a struct caller_row in the struct of the rows. */
#define CALLER_ROW_MEMBERS(row_type, place)                                                                            \
    DB_MEMBER_AS("caller_account_id", row_type, place.account_id),                                                     \
        DB_MEMBER_AS("caller_is_superuser", row_type, place.is_superuser),                                             \
        DB_MEMBER_AS("account_is_active", row_type, place.account_is_active),                                          \
        DB_MEMBER_AS("is_active", row_type, place.is_active), DB_MEMBER_AS("secret_digest", row_type, place.secret),   \
        DB_MEMBER_AS("retained_digest", row_type, place.retained_secret),                                              \
        DB_MEMBER_AS("retained_until", row_type, place.retained_until)

/* A condition for statements that must do nothing if the caller is not accepted. It asks the same as caller_accept(),
 * except for a retained secret. SQL may compare the digest here, although not in constant time: the time tells
 * something about the digest, but that does not lead to the secret. Unused members of a struct credential are zero, and
 * equal nothing. */
#define CALLER_COUNTS                                                                                                  \
    "c.is_active AND c.account_is_active"                                                                              \
    " AND (:caller_is_external OR c.account_id = :caller_account_id OR c.secret_digest = :caller_digest)"

/* The parameters of CALLER_WHERE and CALLER_COUNTS: `place` is a struct credential in the struct of the parameters. */
#define CALLER_MEMBERS(params_type, place)                                                                             \
    DB_MEMBER_AS("caller_id", params_type, place.id),                                                                  \
        DB_MEMBER_AS("caller_is_external", params_type, place.is_external),                                            \
        DB_MEMBER_AS("caller_account_id", params_type, place.account_id),                                              \
        DB_MEMBER_AS("caller_digest", params_type, place.digest)

/* NOLINTEND(bugprone-macro-parentheses) */

/* A new credential for the account :account_id: INSERT INTO orgd_credentials (ACCOUNT_COLUMNS, more) SELECT
 * ACCOUNT_VALUES, more FOR_ACCOUNT. */
#define ACCOUNT_COLUMNS "account_id, account_is_active, account_is_superuser"
#define ACCOUNT_VALUES "a.id, a.is_active, a.is_superuser"
#define FOR_ACCOUNT " FROM orgd_accounts a WHERE a.id = :account_id"

/* Reads the caller alone. Its parameters are a struct credential, its row a struct caller_row. */
extern const struct db_statement caller_sql_find;

#endif
