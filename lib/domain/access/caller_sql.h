/* What the statements of requests share: the caller's credential. Its row also says what a request must know about the
 * account. Every column and every table costs each request time, so read only what all requests need here. */
#ifndef ORGD_CALLER_SQL_H
#define ORGD_CALLER_SQL_H

#include "caller.h"
#include "db/db_statement.h"

/* How a caller has proved a credential. Each way has a statement of its own, which compares no more than it must, and
 * reads no table that it does not need. */
enum caller_proof {
    USER_TOKEN,     /* our access token, of a personal token */
    USER_SECRET,    /* the personal token itself */
    EXTERNAL_TOKEN, /* another issuer's */
    SERVICE_TOKEN,  /* our access token, of an API key */
    SERVICE_SECRET, /* the API key itself */
    GRANT_TOKEN,    /* our access token, of a grant to a client */
    CALLER_PROOFS
};

/* The one rule that says whether the caller is accepted. The proof is the kind of the row for another issuer's token,
 * account and generation for a token of ours, and the digest for a secret. A secret that was rotated away counts as
 * long as it is retained, and so do its tokens, which have the generation before; nobody rotates a grant. What expires
 * (a key, a personal token) takes its tokens along. SQL may compare digests, although not in constant time: the time
 * tells something about a digest, but that does not lead to the secret. Use it as a condition in statements that must
 * do nothing if the caller is not accepted. */
#define NOT_EXPIRED " AND (c.expires IS NULL OR c.expires > :caller_presented)"
#define CALLER_COUNTS(proof) "c.is_active AND c.account_is_active" CALLER_COUNTS_##proof
#define CALLER_COUNTS_USER_TOKEN                                                                                       \
    NOT_EXPIRED " AND c.account_id = :caller_account_id AND (c.generation = :caller_generation"                        \
                " OR (c.generation = :caller_generation + 1 AND c.retained_until > :caller_presented))"
#define CALLER_COUNTS_USER_SECRET                                                                                      \
    NOT_EXPIRED " AND (c.secret_digest = :caller_digest"                                                               \
                " OR (c.retained_digest = :caller_digest AND c.retained_until > :caller_presented))"
#define CALLER_COUNTS_EXTERNAL_TOKEN ""
#define CALLER_COUNTS_SERVICE_TOKEN CALLER_COUNTS_USER_TOKEN
#define CALLER_COUNTS_SERVICE_SECRET CALLER_COUNTS_USER_SECRET
#define CALLER_COUNTS_GRANT_TOKEN " AND c.account_id = :caller_account_id AND c.generation = :caller_generation"

/* A condition of a write: the caller is still accepted when it is done. What ends the credential comes before that, and
 * is seen, or waits for the end of the transaction. */
#define CALLER_STILL_COUNTS(proof)                                                                                     \
    "EXISTS (SELECT 1" CALLER_FROM(proof) CALLER_WHERE(proof) " AND " CALLER_COUNTS(proof) ")"

/* The generation of what was presented, if it counts: what tokens made of it carry. */
#define CALLER_GENERATION(proof) CALLER_GENERATION_##proof
#define CALLER_GENERATION_USER_TOKEN "c.generation"
#define CALLER_GENERATION_USER_SECRET "c.generation - (c.secret_digest <> :caller_digest)"
#define CALLER_GENERATION_EXTERNAL_TOKEN "c.generation"
#define CALLER_GENERATION_SERVICE_TOKEN "c.generation"
#define CALLER_GENERATION_SERVICE_SECRET CALLER_GENERATION_USER_SECRET
#define CALLER_GENERATION_GRANT_TOKEN "c.generation"

/* An assignment, for UPDATE orgd_credentials: ends the access tokens of a credential. It skips a number, since the one
 * before the current generation is that of a retained secret. */
#define END_TOKENS "generation = generation + 2"

/* True if the caller acts as a superuser. Another issuer's token may be limited to what its user may do without that.
 */
#define CALLER_IS_SUPERUSER(proof) CALLER_IS_SUPERUSER_##proof
#define CALLER_IS_SUPERUSER_USER_TOKEN "c.account_is_superuser"
#define CALLER_IS_SUPERUSER_USER_SECRET "c.account_is_superuser"
#define CALLER_IS_SUPERUSER_EXTERNAL_TOKEN "(c.account_is_superuser AND NOT :caller_is_limited)"
#define CALLER_IS_SUPERUSER_SERVICE_TOKEN "c.account_is_superuser"
#define CALLER_IS_SUPERUSER_SERVICE_SECRET "c.account_is_superuser"
#define CALLER_IS_SUPERUSER_GRANT_TOKEN "c.account_is_superuser"

#define CALLER_COLUMNS(proof)                                                                                          \
    "c.account_id AS caller_account_id, " CALLER_IS_SUPERUSER(proof) " AS caller_is_superuser, (" CALLER_COUNTS(       \
        proof) ") AS caller_counts"

/* Where a statement begins: at the credential, and at what else must not have ended. The kind of the credential is
 * known: it stands in our tokens, and is a part of what digests are made of. No row is 401, whatever the reason. */
#define CALLER_FROM(proof) " FROM orgd_credentials c" CALLER_FROM_##proof
#define CALLER_FROM_USER_TOKEN ""
#define CALLER_FROM_USER_SECRET ""
#define CALLER_FROM_EXTERNAL_TOKEN ""
#define CALLER_FROM_SERVICE_TOKEN " JOIN orgd_organizations h ON h.id = c.organization_id AND h.ended IS NULL"
#define CALLER_FROM_SERVICE_SECRET CALLER_FROM_SERVICE_TOKEN
#define CALLER_FROM_GRANT_TOKEN " LEFT JOIN orgd_clients i ON i.id = c.client_id"
#define CALLER_WHERE(proof) " WHERE c.id = :caller_id" CALLER_WHERE_##proof
#define CALLER_WHERE_USER_TOKEN ""
#define CALLER_WHERE_USER_SECRET ""
#define CALLER_WHERE_EXTERNAL_TOKEN " AND c.kind = 'external'"
#define CALLER_WHERE_SERVICE_TOKEN ""
#define CALLER_WHERE_SERVICE_SECRET ""
#define CALLER_WHERE_GRANT_TOKEN " AND i.ended IS NULL"

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
/* Declares, and defines, the statements of one question: one for each proof, and the array of them. `text` is a macro
 * that takes the proof; caller_statement() chooses. */
#define CALLER_STATEMENTS(symbol)                                                                                      \
    extern const struct db_statement symbol##_of_user;                                                                 \
    extern const struct db_statement symbol##_by_user;                                                                 \
    extern const struct db_statement symbol##_of_external;                                                             \
    extern const struct db_statement symbol##_of_service;                                                              \
    extern const struct db_statement symbol##_by_service;                                                              \
    extern const struct db_statement symbol##_of_grant;                                                                \
    extern const struct db_statement *const symbol[CALLER_PROOFS]
#define CALLER_STATEMENT(symbol, title, text, its_params, its_row)                                                     \
    const struct db_statement symbol = {.name = title, .sql = text, .params = (its_params), .row = (its_row)}
#define CALLER_STATEMENTS_DEFINED(symbol, title, text, its_params, its_row)                                            \
    CALLER_STATEMENT(symbol##_of_user, title, text(USER_TOKEN), its_params, its_row);                                  \
    CALLER_STATEMENT(symbol##_by_user, title "_by_user", text(USER_SECRET), its_params, its_row);                      \
    CALLER_STATEMENT(symbol##_of_external, title "_of_external", text(EXTERNAL_TOKEN), its_params, its_row);           \
    CALLER_STATEMENT(symbol##_of_service, title "_of_service", text(SERVICE_TOKEN), its_params, its_row);              \
    CALLER_STATEMENT(symbol##_by_service, title "_by_service", text(SERVICE_SECRET), its_params, its_row);             \
    CALLER_STATEMENT(symbol##_of_grant, title "_of_grant", text(GRANT_TOKEN), its_params, its_row);                    \
    const struct db_statement *const symbol[CALLER_PROOFS] = {                                                         \
        [USER_TOKEN] = &symbol##_of_user,         [USER_SECRET] = &symbol##_by_user,                                   \
        [EXTERNAL_TOKEN] = &symbol##_of_external, [SERVICE_TOKEN] = &symbol##_of_service,                              \
        [SERVICE_SECRET] = &symbol##_by_service,  [GRANT_TOKEN] = &symbol##_of_grant,                                  \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

/* Chooses the statement for a caller. */
const struct db_statement *caller_statement(const struct db_statement *const *statements,
                                            const struct credential *caller);

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */

/* The members of these columns: `place` is a struct caller_row in the struct of the rows. */
#define CALLER_ROW_MEMBERS(row_type, place)                                                                            \
    DB_MEMBER_AS("caller_account_id", row_type, place.account_id),                                                     \
        DB_MEMBER_AS("caller_is_superuser", row_type, place.is_superuser),                                             \
        DB_MEMBER_AS("caller_counts", row_type, place.counts)

/* The parameters of all of these: `place` is a struct credential in the struct of the parameters. */
#define CALLER_MEMBERS(params_type, place)                                                                             \
    DB_MEMBER_AS("caller_id", params_type, place.id),                                                                  \
        DB_MEMBER_AS("caller_is_limited", params_type, place.is_limited),                                              \
        DB_MEMBER_AS("caller_account_id", params_type, place.account_id),                                              \
        DB_MEMBER_AS("caller_generation", params_type, place.generation),                                              \
        DB_MEMBER_AS("caller_digest", params_type, place.digest),                                                      \
        DB_MEMBER_AS("caller_presented", params_type, place.presented)

/* NOLINTEND(bugprone-macro-parentheses) */

/* A new credential for the account :account_id: INSERT INTO orgd_credentials (ACCOUNT_COLUMNS, more) SELECT
 * ACCOUNT_VALUES, more FOR_ACCOUNT. */
#define ACCOUNT_COLUMNS "account_id, account_is_active, account_is_superuser, organization_id"
#define ACCOUNT_VALUES "a.id, a.is_active, a.is_superuser, a.organization_id"
#define FOR_ACCOUNT " FROM orgd_accounts a WHERE a.id = :account_id AND a.ended IS NULL"

/* The end of credentials, for UPDATE orgd_credentials SET. A row that has ended opens nothing and stands in no index of
 * what lives: not of its account, its session, its name. It counts as expired a day ago, so that the courier takes it
 * at once (purge.h). */
#define CREDENTIAL_ENDS                                                                                                \
    "is_active = FALSE, account_is_active = NULL, account_is_superuser = NULL, name = NULL, session_id = NULL,"        \
    " expires = :now - INTERVAL 1 DAY"
#define CREDENTIAL_LIVES "account_is_active IS NOT NULL"
/* Behind UPDATE orgd_credentials: reads what lives of one account, and nothing that has ended. */
#define LIVE_OF_ACCOUNT " FORCE INDEX (orgd_credentials_standing)"

/* The condition, for such an UPDATE, that ends the oldest of what lives of one account, so that `maximum` stay; `which`
 * is a condition on the rows `n`. Ids grow with time. */
#define OLDER_THAN_NEWEST(maximum, which)                                                                              \
    "account_id = :account_id AND " CREDENTIAL_LIVES                                                                   \
    " AND id <= (SELECT id FROM (SELECT n.id FROM orgd_credentials n FORCE INDEX (orgd_credentials_standing)"          \
    " WHERE n.account_id = :account_id AND n.account_is_active IS NOT NULL AND " which                                 \
    " ORDER BY n.id DESC LIMIT 1 OFFSET " maximum ") oldest)"

/* The key of the name of an account, an organization or a client that has ended: no name has it, so that the name is
 * free. */
#define NO_NAME_KEY "CONCAT(UNHEX('FF'), id)"

/* Reads the caller alone. Its parameters are a struct credential, its row a struct caller_row. */
CALLER_STATEMENTS(caller_sql_find);

#endif
