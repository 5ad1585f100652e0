#include "identity_sql.h"

#include "domain/access/caller_sql.h"

static const struct db_record params = DB_RECORD(
    struct identity_params, DB_MEMBER_AS("id", struct identity_params, identity.id),
    DB_MEMBER_AS("issuer", struct identity_params, identity.issuer),
    DB_MEMBER_AS("subject", struct identity_params, identity.subject),
    DB_MEMBER_AS("account_id", struct identity_params, identity.account_id), DB_MEMBER(struct identity_params, digest),
    DB_MEMBER(struct identity_params, name_key), DB_MEMBER(struct identity_params, now));
static const struct db_record row =
    DB_RECORD(struct identity, DB_MEMBER(struct identity, id), DB_MEMBER(struct identity, issuer),
              DB_MEMBER(struct identity, subject), DB_MEMBER(struct identity, account_id),
              DB_MEMBER(struct identity, username), DB_MEMBER(struct identity, linked));

static const struct db_record user_row =
    DB_RECORD(struct identity, DB_MEMBER(struct identity, account_id), DB_MEMBER(struct identity, username));

#define SELECT                                                                                                         \
    "SELECT i.id, i.issuer, i.subject, i.account_id, a.name AS username, i.linked"                                     \
    " FROM orgd_identities i LEFT JOIN orgd_accounts a ON a.id = i.account_id"

const struct db_statement identity_sql_find = {
    .name = "identity_find",
    .sql = SELECT " WHERE i.digest = :digest",
    .params = &params,
    .row = &row,
};

const struct db_statement identity_sql_list = {
    .name = "identity_list",
    .sql = SELECT " WHERE i.account_id = :account_id ORDER BY i.linked, i.id",
    .params = &params,
    .row = &row,
};

#define INSERT                                                                                                         \
    "INSERT INTO orgd_identities (id, digest, issuer, subject, account_id, linked)"                                    \
    " SELECT :id, :digest, :issuer, :subject, a.id, :now FROM orgd_accounts a"                                         \
    " WHERE a.kind = 'user' AND a.ended IS NULL"

const struct db_statement identity_sql_insert = {
    .name = "identity_insert",
    .sql = INSERT " AND a.id = :account_id",
    .params = &params,
};

/* As text, names that differ in blanks at their ends would be equal. */
#define NAMED " AND a.name_key = :name_key AND CAST(a.name AS BINARY) = CAST(:subject AS BINARY)"

const struct db_statement identity_sql_find_named = {
    .name = "identity_find_named",
    .sql = "SELECT a.id AS account_id, a.name AS username FROM orgd_accounts a WHERE a.kind = 'user'"
           " AND a.ended IS NULL" NAMED,
    .params = &params,
    .row = &user_row,
};

const struct db_statement identity_sql_insert_by_name = {
    .name = "identity_insert_by_name",
    .sql = INSERT " AND a.id = :account_id" NAMED,
    .params = &params,
};

const struct db_statement identity_sql_link = {
    .name = "identity_link",
    .sql = "UPDATE orgd_identities SET account_id = :account_id, linked = :now"
           " WHERE digest = :digest AND account_id IS NULL",
    .params = &params,
};

const struct db_statement identity_sql_unlink = {
    .name = "identity_unlink",
    .sql = "UPDATE orgd_identities SET account_id = NULL WHERE digest = :digest AND account_id = :account_id",
    .params = &params,
};

const struct db_statement identity_sql_insert_credential = {
    .name = "identity_insert_credential",
    .sql = "INSERT INTO orgd_credentials (" ACCOUNT_COLUMNS ", id, kind, name, secret_digest, created)"
           " SELECT " ACCOUNT_VALUES ", i.id, 'external', NULL, UNHEX(REPEAT('00', 32)), :now"
           " FROM orgd_identities i JOIN orgd_accounts a ON a.id = i.account_id WHERE i.digest = :digest"
           " AND a.ended IS NULL",
    .params = &params,
};

const struct db_statement identity_sql_delete_credential = {
    .name = "identity_delete_credential",
    .sql = "DELETE FROM orgd_credentials WHERE id = :id AND kind = 'external'",
    .params = &params,
};
