/* The statements about teams. */
#ifndef ORGD_TEAM_SQL_H
#define ORGD_TEAM_SQL_H

#include "domain/access/access_sql.h"
#include "team.h"

struct team_params {
    struct credential caller;
    struct id team_id;
    struct team team; /* for a write all of it, as it is to become */
    struct text name_key;
    int64_t previous_revision;
    struct id holder_id;
    struct text holder; /* holder_name() */
    struct timestamp now;
    int64_t maximum; /* of teams of the organization, or of a member */
};

/* The caller, the organization that has the team, and the team. */
struct team_row {
    struct access_row access;
    struct text organization;
    struct team team;
    int64_t mask; /* what it gives its members */
};

CALLER_STATEMENTS(team_sql_see);
extern const struct db_statement team_sql_see_as_operator;

struct team_list_params {
    struct credential caller;
    struct id organization_id;
    struct id team_id; /* whose members are listed */
    struct text name_key;
    struct text search;
    struct id user_id;
    struct id service_account_id;
    struct id invitation_id;
    int64_t invitation_readers; /* permission_bits() */
    bool reads_invitations;     /* for totals */
    struct timestamp now;
    struct id after;
    struct timestamp after_time; /* when `after` was made, by its id */
    int64_t offset;
    int64_t limit;
};

struct team_list_row {
    struct listing_row listing;
    struct team team;
};

struct team_member_list_row {
    struct listing_row listing;
    struct account account;
    struct invitation invitation;
};

CALLER_STATEMENTS(team_sql_list);
CALLER_STATEMENTS(team_sql_list_members);

extern const struct db_statement team_sql_count;
extern const struct db_statement team_sql_count_members;

/* All that match the filters, for operators. */
extern const struct db_statement team_sql_summaries; /* in rows of struct team_summary */
extern const struct db_statement team_sql_members;   /* in rows of struct account: id, name and kind */

/* Each needs the head of the organization to be locked (head.h). */
extern const struct db_statement team_sql_insert;
extern const struct db_statement team_sql_update; /* changes the row only if it has that revision */
extern const struct db_statement team_sql_empty;  /* what it gives is nothing then */
extern const struct db_statement team_sql_drop_roles;
extern const struct db_statement team_sql_delete;
extern const struct db_statement team_sql_add_member;
extern const struct db_statement team_sql_remove_member; /* changes a row if there is such a member */
extern const struct db_statement team_sql_give_to_member;

#endif
