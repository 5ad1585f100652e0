/* The statements about assignments. */
#ifndef ORGD_ASSIGNMENT_SQL_H
#define ORGD_ASSIGNMENT_SQL_H

#include "assignment.h"
#include "domain/access/access_sql.h"

struct assignment_params {
    struct id organization_id;
    struct id role_id;
    struct id holder_id;
    struct text holder; /* holder_name() */
    int64_t bit;        /* of a role of the system */
    int64_t mask;       /* what the role gives */
    int64_t maximum;    /* of roles that were made, of one holder */
};

/* Each needs the head of the organization to be locked (head.h), and changes a row if there is something to change. The
 * system's roles are bits of the holder, and others are rows. */
extern const struct db_statement assignment_sql_give_member;
extern const struct db_statement assignment_sql_give_team;
extern const struct db_statement assignment_sql_give_invitation;
extern const struct db_statement assignment_sql_insert;
extern const struct db_statement assignment_sql_take_member;
extern const struct db_statement assignment_sql_take_team;
extern const struct db_statement assignment_sql_take_invitation;
extern const struct db_statement assignment_sql_remove;
/* Add to what a holder holds. */
extern const struct db_statement assignment_sql_add_to_member;
extern const struct db_statement assignment_sql_add_to_team;

struct assignment_list_params {
    struct credential caller;
    struct id role_id;
    struct id user_id;
    struct id team_id;
    struct id invitation_id;
    int64_t invitation_readers; /* permission_bits() */
    bool reads_invitations;     /* for totals */
    struct timestamp now;
    struct id after;
    int64_t offset;
    int64_t limit;
    int64_t end; /* of the page, from the start of the list */
};

struct assignment_list_row {
    struct listing_row listing;
    struct account account;
    struct team team;
    struct invitation invitation;
};

CALLER_STATEMENTS(assignment_sql_list);

extern const struct db_statement assignment_sql_count;

#endif
