/* The statements of invitations. */
#ifndef ORGD_INVITATION_SQL_H
#define ORGD_INVITATION_SQL_H

#include "domain/access/access_sql.h"
#include "invitation.h"

struct invitation_params {
    struct credential caller;
    struct id id;
    struct id organization_id;
    struct text email;
    struct text email_key;
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

/* Who asks, the organization, and what there is for the address already. */
struct invitation_place_row {
    struct access_row access;
    struct text organization_name;
    struct text organization_logo_url;
    int64_t organization_member_count;
    struct text inviter_name;
    struct id open_id; /* of the pending invitation; nil: none */
    bool is_member;    /* the address is a member's */
};

/* An invitation, and who asks. */
struct invitation_row {
    struct access_row access;
    bool is_own; /* the verified address of the caller is that of the invitation */
    struct id own_id;
    struct text own_name;
    bool is_service;
    int64_t held_roles; /* the system's roles that the caller is assigned there */
    struct invitation invitation;
};

/* What a link leads to. */
struct invitation_visit_row {
    struct invitation invitation;
    bool is_mailed;
    struct id visitor_id;
    struct text visitor;
    struct text address;
    int64_t held_roles;
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

#endif
