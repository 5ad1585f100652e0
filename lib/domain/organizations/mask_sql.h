/* What members and teams hold, made anew of what there is: for the writes that take something away. Those that give
 * something add its bits. Each statement needs the head of the organization to be locked (head.h), and is one statement
 * whatever the number of those concerned. */
#ifndef ORGD_MASK_SQL_H
#define ORGD_MASK_SQL_H

#include "db/db_statement.h"
#include "mask.h"

/* What is assigned to a holder, and what its teams give: parts of masks, as subqueries. `holder` and `organization` are
 * columns. */
#define MASK_ASSIGNED(holder, organization)                                                                            \
    "(SELECT BIT_OR(er.mask) FROM orgd_role_assignments ea STRAIGHT_JOIN orgd_roles er ON er.id = ea.role_id"          \
    " WHERE ea.holder_id = " holder " AND ea.organization_id = " organization ")"
#define MASK_OF_TEAMS(holder, organization)                                                                            \
    "(SELECT BIT_OR(eg.mask) FROM orgd_team_members et STRAIGHT_JOIN orgd_teams eg ON eg.id = et.team_id"              \
    " WHERE et.holder_id = " holder " AND et.organization_id = " organization ")"

/* What a member holds, or who accepts an invitation will hold. Bit 8, organization:read, is in it, so that all members
 * can see the organization. */
#define MASK_OF_MEMBER(own_roles, holder, organization)                                                                \
    "(256 | " own_roles " | " MASK_ASSIGNED(holder, organization) " | " MASK_OF_TEAMS(holder, organization) ")"

struct mask_params {
    struct id organization_id;
    struct id holder_id; /* of a member's account, or of a team */
    struct id role_id;
    int64_t bits; /* that are given */
};

/* Of a member; of a team; of the members of a team. */
extern const struct db_statement mask_sql_member;
extern const struct db_statement mask_sql_team;
extern const struct db_statement mask_sql_team_members;

/* Of the teams that have a role, of the members who have it, and of the members of those teams; in this order. */
extern const struct db_statement mask_sql_role_teams;
extern const struct db_statement mask_sql_role_members;
extern const struct db_statement mask_sql_role_team_members;

/* Gives the bits to the members of a team. */
extern const struct db_statement mask_sql_give_team_members;

/* What is not as it should be (mask.h). Members are in the order of their keys, and teams in that of their ids. */
struct mask_piece_params {
    struct id organization_id; /* behind which the piece begins, or of the holder; nil: at the beginning, likewise */
    struct id holder_id;
    struct id last_organization_id; /* with which it ends */
    struct id last_holder_id;
    int64_t count; /* of how many it is at most */
};

/* The last member or team of a piece. There is no row behind the last piece. */
struct mask_end_row {
    struct id organization_id;
    struct id holder_id;
};

extern const struct db_statement mask_sql_end_of_members;
extern const struct db_statement mask_sql_end_of_teams;

/* Those of a piece, and one alone, in rows of struct mask_fault. */
extern const struct db_statement mask_sql_wrong_members;
extern const struct db_statement mask_sql_wrong_teams;
extern const struct db_statement mask_sql_wrong_member;
extern const struct db_statement mask_sql_wrong_team;

#endif
