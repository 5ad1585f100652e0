/* The statements about members. */
#ifndef ORGD_MEMBER_SQL_H
#define ORGD_MEMBER_SQL_H

#include "domain/access/access_sql.h"
#include "holder.h"
#include "invitation.h"
#include "member.h"

struct member_params {
    struct id organization_id;
    struct id account_id;
    int64_t own_roles; /* ROLE_BIT()s */
    struct id role_id; /* that was made in the organization */
};

/* Each needs the head of the organization to be locked (head.h). */
extern const struct db_statement member_sql_enter; /* inserts no row if organization or account have ended */
extern const struct db_statement member_sql_set;
extern const struct db_statement member_sql_give_role;
extern const struct db_statement member_sql_leave_teams;
extern const struct db_statement member_sql_drop_roles;
extern const struct db_statement member_sql_leave; /* removes no row if it is the owner's */

extern const struct db_statement member_sql_list_all; /* in rows of struct member */

struct member_list_params {
    struct credential caller;
    struct id organization_id;
    bool include_users;
    bool include_service_accounts;
    bool include_teams;
    bool include_invitations;
    int64_t invitation_readers; /* permission_bits() */
    bool reads_invitations;     /* for totals */
    struct timestamp now;
    struct id role_id;
    int64_t role_bit; /* if it is one of the system's */
    struct text search;
    struct text search_key;
    struct id after;
    struct timestamp after_time; /* when `after` was made, by its id */
    int64_t offset;
    int64_t limit;
    int64_t end; /* of the page, from the start of the list */
};

struct member_list_row {
    struct listing_row listing;
    struct account account; /* nil id: it is not an account */
    struct team team;       /* likewise */
    struct invitation invitation;
    bool is_owner;
    int64_t own_roles;
    int64_t mask;
    struct text roles_made; /* the others (named.h) */
};

/* A page of all; of those behind `after`; and of those that the filters find. */
CALLER_STATEMENTS(member_sql_list);
CALLER_STATEMENTS(member_sql_list_behind);
CALLER_STATEMENTS(member_sql_list_found);

extern const struct db_statement member_sql_count;

#endif
