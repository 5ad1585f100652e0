/* The statements of head.c, and how an organization is found by what belongs to it. */
#ifndef ORGD_HEAD_SQL_H
#define ORGD_HEAD_SQL_H

#include "base/id.h"
#include "db/db_statement.h"
#include "role_ids_sql.h"

/* Subqueries: the organization that has the role :role_id, one of the system's or one that was made there, and those
 * that have the team :team_id and the invitation :invitation_id. The server knows their values before it makes the
 * plan. */
#define ROLE_IDS ROLE_IDS_OF(":role_id")
#define ROLE_NUMBER "(ASCII(RIGHT(v.id, 1)) ^ ASCII(RIGHT(:role_id, 1)))"
#define ORGANIZATION_OF_SYSTEM_ROLE                                                                                    \
    "(SELECT v.id FROM orgd_organizations v WHERE v.role_ids = " ROLE_IDS " AND " ROLE_NUMBER " BETWEEN 1 AND 5)"
#define ORGANIZATION_OF_ROLE                                                                                           \
    "COALESCE((SELECT u.organization_id FROM orgd_roles u WHERE u.id = :role_id), " ORGANIZATION_OF_SYSTEM_ROLE ")"
#define ORGANIZATION_OF_TEAM "(SELECT u.organization_id FROM orgd_teams u WHERE u.id = :team_id)"
#define ORGANIZATION_OF_INVITATION "(SELECT u.organization_id FROM orgd_invitations u WHERE u.id = :invitation_id)"

struct head_params {
    struct id role_id;
    struct id team_id;
    struct id invitation_id;
};

struct head_row {
    int64_t sequence;
};

extern const struct db_statement head_sql_lock_of_role;
extern const struct db_statement head_sql_lock_of_team;
extern const struct db_statement head_sql_lock_of_invitation;

#endif
