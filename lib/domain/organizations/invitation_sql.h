/* The statements of invitations. */
#ifndef ORGD_INVITATION_SQL_H
#define ORGD_INVITATION_SQL_H

#include "domain/access/access_sql.h"
#include "invitation.h"
#include "mask_sql.h"
#include "named_sql.h"

/* Of an invitation `t`, as answers show it, and of its organization, whose alias is a parameter; their labels leave the
 * names of what else is read free. `place` is a member of the struct of the rows. */
#define INVITATION_SHOWN(o)                                                                                            \
    "t.id AS invitation_id, t.organization_id AS invitation_organization_id, t.email AS invitation_email,"             \
    " t.own_roles + 0 AS invitation_own_roles, t.status + 0 AS invitation_status, t.days AS invitation_days,"          \
    " t.created AS invitation_created, t.expires AS invitation_expires, t.inviter_id AS invitation_inviter_id, " o     \
    ".name AS invitation_organization_name, " o ".logo_url AS invitation_organization_logo_url" INVITATION_LOOKED_UP

/* Looks nothing up for a row without an invitation. Lists have such rows. */
#define INVITATION_LOOKED_UP                                                                                           \
    INVITATION_LOOK_UP(INVITATION_MEMBER_COUNT, "organization_member_count")                                           \
    INVITATION_LOOK_UP(INVITATION_ROLES, "roles_made")                                                                 \
    INVITATION_LOOK_UP(INVITATION_TEAMS, "teams")                                                                      \
    INVITATION_LOOK_UP(INVITATION_MASK, "mask")                                                                        \
    INVITATION_LOOK_UP("(SELECT b.name FROM orgd_accounts b WHERE b.id = t.inviter_id)", "inviter_name")               \
    INVITATION_LOOK_UP("(SELECT b.avatar_url FROM orgd_profiles b WHERE b.account_id = t.inviter_id)",                 \
                       "inviter_avatar_url")
#define INVITATION_LOOK_UP(value, label) ", IF(t.id IS NULL, NULL, " value ") AS invitation_" label
#define INVITATION_MEMBER_COUNT "(SELECT COUNT(*) FROM orgd_memberships n WHERE n.organization_id = t.organization_id)"
#define INVITATION_ROLES ROLES_MADE_OF("t.id", "t.organization_id")
#define INVITATION_TEAMS                                                                                               \
    NAMED_COLUMN("e", "orgd_team_members s JOIN orgd_teams e ON e.id = s.team_id WHERE s.holder_id = t.id"             \
                      " AND s.organization_id = t.organization_id")
#define INVITATION_MASK MASK_OF_MEMBER("t.own_roles", "t.id", "t.organization_id")
/* Of the invitation or member whose id and organization these columns are. */
#define ROLES_MADE_OF(holder, organization)                                                                            \
    NAMED_COLUMN("e", "orgd_role_assignments s JOIN orgd_roles e ON e.id = s.role_id WHERE s.holder_id = " holder      \
                      " AND s.organization_id = " organization)

/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */
#define INVITATION_MEMBER(row_type, place, member) DB_MEMBER_AS("invitation_" #member, row_type, place.member)
#define INVITATION_MEMBERS(row_type, place)                                                                            \
    INVITATION_MEMBER(row_type, place, id), INVITATION_MEMBER(row_type, place, organization_id),                       \
        INVITATION_MEMBER(row_type, place, organization_name),                                                         \
        INVITATION_MEMBER(row_type, place, organization_logo_url),                                                     \
        INVITATION_MEMBER(row_type, place, organization_member_count), INVITATION_MEMBER(row_type, place, email),      \
        INVITATION_MEMBER(row_type, place, own_roles), INVITATION_MEMBER(row_type, place, roles_made),                 \
        INVITATION_MEMBER(row_type, place, teams), INVITATION_MEMBER(row_type, place, mask),                           \
        INVITATION_MEMBER(row_type, place, status), INVITATION_MEMBER(row_type, place, days),                          \
        INVITATION_MEMBER(row_type, place, created), INVITATION_MEMBER(row_type, place, expires),                      \
        INVITATION_MEMBER(row_type, place, inviter_id), INVITATION_MEMBER(row_type, place, inviter_name),              \
        INVITATION_MEMBER(row_type, place, inviter_avatar_url)
/* NOLINTEND(bugprone-macro-parentheses) */

/* How long one that was decided, or has expired, can still say so; and the same for statements. */
#define INVITATION_KEPT_US (90 * S_PER_DAY * US_PER_S)
#define INVITATION_KEPT_SQL "90 DAY"

/* True of an invitation that can be accepted at :now. */
#define INVITATION_IS_PENDING(t) t ".is_open = TRUE AND " t ".expires > :now"

struct invitation_params {
    struct credential caller;
    struct id id;
    struct id organization_id;
    struct text email;
    struct text email_key;
    struct id role_id; /* that was made in the organization */
    int64_t own_roles; /* ROLE_BIT()s */
    int64_t status;    /* enum invitation_status */
    struct digest link_digest;
    struct digest mail_digest;
    struct id account_id; /* of who invites, or who decides */
    struct id session_id; /* of who decides by a link */
    int64_t days;
    struct timestamp now;
    struct timestamp expires;
    struct timestamp kept_until;
    int64_t maximum; /* of open invitations */
};

struct invitation_list_params {
    struct credential caller;
    struct id organization_id;
    struct text email_key;
    int64_t status;
    bool only_pending;
    struct timestamp now;
    struct id after;
    int64_t limit;
    int64_t offset;
};

/* Who asks, the organization, the role if it was made there, and what there is for the address already. */
struct invitation_place_row {
    struct access_row access;
    struct text organization_name;
    struct text organization_logo_url;
    int64_t organization_member_count;
    struct text inviter_name;
    struct text inviter_avatar_url;
    struct text role_made; /* as a line (named.h); without data: there is none of that id */
    int64_t role_mask;
    struct id open_id; /* of one to the address that is pending or has expired; nil: none */
    struct timestamp open_expires;
    bool is_member; /* the address is a member's */
};

/* An invitation, and who asks. */
struct invitation_row {
    struct access_row access;
    bool is_own; /* the verified address of the caller is that of the invitation */
    struct id own_id;
    struct text own_name;
    bool is_service;
    struct invitation invitation;
};

/* What a link leads to. */
struct invitation_visit_row {
    struct invitation invitation;
    bool is_mailed;
    struct id visitor_id;
    struct text visitor;
    struct text address;
};

/* What somebody holds who accepts an invitation. */
struct invitation_held_row {
    bool is_member;
    int64_t own_roles;      /* the system's roles that it is assigned */
    struct text roles_made; /* and those that were made there: lines (named.h) */
    int64_t roles_then;     /* how many of the latter it has with those of the invitation */
    int64_t teams_then;     /* likewise, in how many teams it is */
};

struct invitation_count_row {
    int64_t total;
};

CALLER_STATEMENTS(invitation_sql_see_place);
extern const struct db_statement invitation_sql_see_place_as_operator;
CALLER_STATEMENTS(invitation_sql_see);
extern const struct db_statement invitation_sql_see_as_operator;

/* By the digest of a link's secret, :link_digest. */
extern const struct db_statement invitation_sql_open;

/* Lets nobody end the account until the transaction is over. No row: it has ended. */
extern const struct db_statement invitation_sql_held;

CALLER_STATEMENTS(invitation_sql_list);
extern const struct db_statement invitation_sql_list_as_operator;
CALLER_STATEMENTS(invitation_sql_list_own);
extern const struct db_statement invitation_sql_count;
CALLER_STATEMENTS(invitation_sql_count_own);

extern const struct db_statement invitation_sql_close_expired; /* of the address, so that another can take its place */
extern const struct db_statement invitation_sql_insert;
extern const struct db_statement invitation_sql_renew;
extern const struct db_statement invitation_sql_close;
extern const struct db_statement invitation_sql_decide;
extern const struct db_statement invitation_sql_decide_in_session; /* the same, while the session lives */
extern const struct db_statement invitation_sql_verify_address;    /* of :account_id, which has it */
extern const struct db_statement invitation_sql_join; /* gives :own_roles to :account_id, besides what it has */

/* Rows of an invitation :id: gives it the role :role_id; gives its roles, and puts into its teams, :account_id, who has
 * some already perhaps; and takes them from the invitation. Masks are made anew then. */
extern const struct db_statement invitation_sql_give_role;
extern const struct db_statement invitation_sql_pass_roles;
extern const struct db_statement invitation_sql_pass_teams;
extern const struct db_statement invitation_sql_drop_roles;
extern const struct db_statement invitation_sql_drop_teams;

#endif
