#include "head_sql.h"

static const struct db_record params =
    DB_RECORD(struct head_params, DB_MEMBER(struct head_params, role_id), DB_MEMBER(struct head_params, team_id),
              DB_MEMBER(struct head_params, invitation_id));
static const struct db_record row = DB_RECORD(struct head_row, DB_MEMBER(struct head_row, sequence));

#define LOCK(organization) "SELECT c.sequence FROM orgd_event_chains c WHERE c.id = " organization " FOR UPDATE"

const struct db_statement head_sql_lock_of_role = {
    .name = "head_lock_of_role",
    .sql = LOCK(ORGANIZATION_OF_ROLE),
    .params = &params,
    .row = &row,
};

const struct db_statement head_sql_lock_of_team = {
    .name = "head_lock_of_team",
    .sql = LOCK(ORGANIZATION_OF_TEAM),
    .params = &params,
    .row = &row,
};

const struct db_statement head_sql_lock_of_invitation = {
    .name = "head_lock_of_invitation",
    .sql = LOCK(ORGANIZATION_OF_INVITATION),
    .params = &params,
    .row = &row,
};
