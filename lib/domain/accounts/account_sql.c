#include "account_sql.h"
#include "domain/access/caller_sql.h"

static const struct db_field params[] = {DB_FIELD(struct account_params, credential)};
static const struct db_field columns[] = {
    CALLER_FIELDS(struct account_row),        DB_FIELD(struct account_row, organization_id),
    DB_FIELD(struct account_row, is_service), DB_FIELD(struct account_row, name),
    DB_FIELD(struct account_row, email),      DB_FIELD(struct account_row, full_name),
};

const struct db_statement account_sql_of_credential = {
    .name = "account_of_credential",
    .sql = "SELECT " CALLER_COLUMNS ", a.organization_id, a.kind = 'service', a.name, a.email, a.full_name" CALLER_FROM
           " JOIN accounts a ON a.id = c.account_id" CALLER_WHERE,
    DB_PARAMS(params),
    DB_COLUMNS(struct account_row, columns),
};
