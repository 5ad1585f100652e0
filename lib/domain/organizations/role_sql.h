/* The statements about roles. */
#ifndef ORGD_ROLE_SQL_H
#define ORGD_ROLE_SQL_H

#include "domain/access/access_sql.h"
#include "role.h"

struct role_params {
    struct credential caller;
    struct id role_id;
    struct any_role role; /* for a write all of it, as it is to become */
    struct text name_key;
    int64_t previous_revision;
    int64_t maximum; /* of roles of the organization */
    struct timestamp now;
};

/* The caller, the organization that has the role, and the role, if it was made there. */
struct role_row {
    struct access_row access;
    struct text organization;
    struct timestamp organization_created;
    struct any_role role;
};

CALLER_STATEMENTS(role_sql_see);
extern const struct db_statement role_sql_see_as_operator;

struct role_list_params {
    struct credential caller;
    struct id organization_id;
    int64_t system_roles; /* the bits of those that may be listed */
    bool has_others;      /* whether those that were made in the organization may be */
    struct text name_key;
    struct id user_id;
    struct id team_id;
    bool is_own;      /* only those of the caller */
    struct id own_id; /* who that is; for totals */
    struct id after;
    struct timestamp after_time; /* when `after` was created, by its id */
    int64_t offset;
    int64_t limit;
    int64_t end; /* of the page, from the start of the list */
};

struct role_list_row {
    struct listing_row listing;
    struct timestamp organization_created;
    struct any_role role;
};

CALLER_STATEMENTS(role_sql_list);

extern const struct db_statement role_sql_count;

/* A role that matches the filters, on no page, and who has it. */
struct role_summary_row {
    struct id item_id;
    struct timestamp organization_created;
    struct role_summary summary;
};

extern const struct db_statement role_sql_summaries;

/* Each needs the head of the organization to be locked (head.h). */
/* Changes no row if the id is one of a role of the system's, in whichever organization. */
extern const struct db_statement role_sql_insert;
extern const struct db_statement role_sql_update; /* changes the row only if it has that revision */
extern const struct db_statement role_sql_delete;

/* Who has a role, and what those hold together who would be no members without it, and those invitations give that
 * would give no role. */
struct role_use_row {
    bool is_held;     /* by somebody who has not ended, a team, or an invitation that can be accepted */
    bool is_assigned; /* to any, for whom it has to be taken away */
    int64_t members_mask;
    int64_t invitations_mask;
};

extern const struct db_statement role_sql_use;

/* Take a role away from all who have it. Masks are made anew in between. */
extern const struct db_statement role_sql_empty;
extern const struct db_statement role_sql_end_team_members;
extern const struct db_statement role_sql_end_members;
extern const struct db_statement role_sql_leave_teams; /* of invitations */
extern const struct db_statement role_sql_revoke;

#endif
