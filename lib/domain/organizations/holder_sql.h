/* The statements of holder.c, and the columns of holders. */
#ifndef ORGD_HOLDER_SQL_H
#define ORGD_HOLDER_SQL_H

#include "domain/accounts/account_sql.h"
#include "holder.h"
#include "invitation_sql.h"

/* Of a team `g`, as answers show it; its labels leave those of an account free (ACCOUNT_SHOWN). `team` is a member of
 * the struct of the rows. */
#define HOLDER_TEAM_COLUMNS                                                                                            \
    "g.id AS team_id, g.organization_id AS team_organization_id, g.name AS team_name,"                                 \
    " g.description AS team_description, g.revision AS team_revision, g.created AS team_created,"                      \
    " g.updated AS team_updated"
#define HOLDER_TEAM_MEMBERS(row_type)                                                                                  \
    DB_MEMBER_AS("team_id", row_type, team.id), DB_MEMBER_AS("team_organization_id", row_type, team.organization_id),  \
        DB_MEMBER_AS("team_name", row_type, team.name), DB_MEMBER_AS("team_description", row_type, team.description),  \
        DB_MEMBER_AS("team_revision", row_type, team.revision), DB_MEMBER_AS("team_created", row_type, team.created),  \
        DB_MEMBER_AS("team_updated", row_type, team.updated)

/* The names of the roles that are assigned to the holder with that id, one a line: the system's, by the names of
 * role_name(), then those that were made there. `row` is its membership or team. */
#define HOLDER_ROLE_LINES(row, id)                                                                                        \
    "CONCAT_WS('\\n', NULLIF(REPLACE(" row ".own_roles, ',', '\\n'), ''), (SELECT GROUP_CONCAT(hr.name"                   \
    " ORDER BY hr.created, hr.id SEPARATOR '\\n') FROM orgd_role_assignments hs JOIN orgd_roles hr ON hr.id = hs.role_id" \
    " WHERE hs.holder_id = " id " AND hs.organization_id = " row ".organization_id))"

/* True of an account that has not ended, and of an invitation that can be accepted at :now. Of those that have ended,
 * rows may be left for a while. */
#define HOLDER_ACCOUNT_LIVES(id) "EXISTS (SELECT 1 FROM orgd_accounts b WHERE b.id = " id " AND b.ended IS NULL)"
#define HOLDER_INVITATION_LIVES(id)                                                                                    \
    "EXISTS (SELECT 1 FROM orgd_invitations b WHERE b.id = " id " AND " INVITATION_IS_PENDING("b") ")"

struct holder_params {
    struct id organization_id;
    struct id holder_id;
    struct id role_id;
};

extern const struct db_statement holder_sql_account; /* in rows of struct holder_state */
extern const struct db_statement holder_sql_team;
extern const struct db_statement holder_sql_invitation;

#endif
