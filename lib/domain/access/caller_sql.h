/* What the statements of requests share: the caller's credential. Its row also says what a request must know about the
 * account. Every column and every table costs each request time, so read only what all requests need here. */
#ifndef ORGD_CALLER_SQL_H
#define ORGD_CALLER_SQL_H

#include "caller.h"
#include "db/db_statement.h"

/* The one rule that says whether the caller is accepted. The proof is the kind of the row for another issuer's token,
 * account and generation for a token of ours, and the digest for a secret. A secret that was rotated away counts as
 * long as it is retained, and so do its tokens, which have the generation before. SQL may compare digests, although not
 * in constant time: the time tells something about a digest, but that does not lead to the secret. Use it as a
 * condition in statements that must do nothing if the caller is not accepted.
 */
#define CALLER_COUNTS                                                                                                  \
    "c.is_active AND c.account_is_active AND CASE WHEN :caller_is_external THEN c.kind = 'external'"                   \
    " WHEN :caller_is_token THEN c.account_id = :caller_account_id AND (c.generation = :caller_generation"             \
    " OR (c.generation = :caller_generation + 1 AND c.retained_until > :caller_presented))"                            \
    " ELSE c.secret_digest = :caller_digest"                                                                           \
    " OR (c.retained_digest = :caller_digest AND c.retained_until > :caller_presented) END"

/* The generation of the secret that was presented, if it counts: what tokens made of it carry. */
#define CALLER_SECRETS_GENERATION "c.generation - (c.secret_digest <> :caller_digest)"

/* An assignment, for UPDATE orgd_credentials: ends the access tokens of a credential. It skips a number, since the one
 * before the current generation is that of a retained secret. */
#define END_TOKENS "generation = generation + 2"

/* True if the caller acts as a superuser. */
#define CALLER_IS_SUPERUSER "(c.account_is_superuser AND NOT :caller_is_limited)"

#define CALLER_COLUMNS                                                                                                 \
    "c.account_id AS caller_account_id, " CALLER_IS_SUPERUSER " AS caller_is_superuser, (" CALLER_COUNTS               \
    ") AS caller_counts"
#define CALLER_FROM " FROM orgd_credentials c"
#define CALLER_WHERE " WHERE c.id = :caller_id"

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */

/* The members of these columns: `place` is a struct caller_row in the struct of the rows. */
#define CALLER_ROW_MEMBERS(row_type, place)                                                                            \
    DB_MEMBER_AS("caller_account_id", row_type, place.account_id),                                                     \
        DB_MEMBER_AS("caller_is_superuser", row_type, place.is_superuser),                                             \
        DB_MEMBER_AS("caller_counts", row_type, place.counts)

/* The parameters of all of these: `place` is a struct credential in the struct of the parameters. */
#define CALLER_MEMBERS(params_type, place)                                                                             \
    DB_MEMBER_AS("caller_id", params_type, place.id), DB_MEMBER_AS("caller_is_token", params_type, place.is_token),    \
        DB_MEMBER_AS("caller_is_external", params_type, place.is_external),                                            \
        DB_MEMBER_AS("caller_is_limited", params_type, place.is_limited),                                              \
        DB_MEMBER_AS("caller_account_id", params_type, place.account_id),                                              \
        DB_MEMBER_AS("caller_generation", params_type, place.generation),                                              \
        DB_MEMBER_AS("caller_digest", params_type, place.digest),                                                      \
        DB_MEMBER_AS("caller_presented", params_type, place.presented)

/* NOLINTEND(bugprone-macro-parentheses) */

/* A new credential for the account :account_id: INSERT INTO orgd_credentials (ACCOUNT_COLUMNS, more) SELECT
 * ACCOUNT_VALUES, more FOR_ACCOUNT. */
#define ACCOUNT_COLUMNS "account_id, account_is_active, account_is_superuser"
#define ACCOUNT_VALUES "a.id, a.is_active, a.is_superuser"
#define FOR_ACCOUNT " FROM orgd_accounts a WHERE a.id = :account_id"

/* Reads the caller alone. Its parameters are a struct credential, its row a struct caller_row. */
extern const struct db_statement caller_sql_find;

#endif
