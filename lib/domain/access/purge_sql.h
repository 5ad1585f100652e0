/* The statements of purge.c. */
#ifndef ORGD_PURGE_SQL_H
#define ORGD_PURGE_SQL_H

#include "db/db_statement.h"

struct purge_params {
    struct id parent;           /* what the rows belong to */
    struct timestamp before;    /* they expired before */
    struct timestamp from_time; /* where to go on, in the order of times */
    struct id from_id;          /* and in the order of ids */
    int64_t count;              /* how many at most */
    struct id holder;           /* of the lease */
};

/* A place in the order of rows: a time for what expires, an id for what belongs to something. */
struct purge_place {
    struct timestamp time;
    struct id id;
};

/* Takes the lease for a minute, or holds it for another one. Changes no row if somebody else has it. */
extern const struct db_statement purge_sql_take_lease;
extern const struct db_statement purge_sql_end_lease;

/* Notes that the work is done at this moment; reads when it was done last. */
extern const struct db_statement purge_sql_note_done;
extern const struct db_statement purge_sql_done;

/* Of one table: removes `count` rows; finds the next row from a place on; removes the row at that place. */
#define PURGE_STATEMENTS(symbol)                                                                                       \
    extern const struct db_statement symbol;                                                                           \
    extern const struct db_statement symbol##_next;                                                                    \
    extern const struct db_statement symbol##_single

/* What has expired. */
PURGE_STATEMENTS(purge_sql_uses); /* of credentials that have */
PURGE_STATEMENTS(purge_sql_credentials);
PURGE_STATEMENTS(purge_sql_codes);
PURGE_STATEMENTS(purge_sql_devices);
PURGE_STATEMENTS(purge_sql_attempts);
PURGE_STATEMENTS(purge_sql_mails);
PURGE_STATEMENTS(purge_sql_idempotency);
PURGE_STATEMENTS(purge_sql_invitation_assignments);
PURGE_STATEMENTS(purge_sql_invitation_team_members);
PURGE_STATEMENTS(purge_sql_invitations);
PURGE_STATEMENTS(purge_sql_mailed_links);

/* What belongs to `parent`. */
PURGE_STATEMENTS(purge_sql_organization_uses);
PURGE_STATEMENTS(purge_sql_organization_credentials);
PURGE_STATEMENTS(purge_sql_organization_memberships);
PURGE_STATEMENTS(purge_sql_organization_invitations);
PURGE_STATEMENTS(purge_sql_organization_assignments);
PURGE_STATEMENTS(purge_sql_organization_team_members);
PURGE_STATEMENTS(purge_sql_organization_roles);
PURGE_STATEMENTS(purge_sql_organization_teams);
PURGE_STATEMENTS(purge_sql_organization_accounts);
PURGE_STATEMENTS(purge_sql_account_memberships);
PURGE_STATEMENTS(purge_sql_account_assignments);
PURGE_STATEMENTS(purge_sql_account_team_members);
PURGE_STATEMENTS(purge_sql_account_codes);
PURGE_STATEMENTS(purge_sql_account_devices);
PURGE_STATEMENTS(purge_sql_client_uses);
PURGE_STATEMENTS(purge_sql_client_grants);
PURGE_STATEMENTS(purge_sql_client_codes);
PURGE_STATEMENTS(purge_sql_client_devices);

/* What has ended and may have rows that belong to it, in the order of its end. */
extern const struct db_statement purge_sql_ended_organizations;
extern const struct db_statement purge_sql_ended_accounts;
extern const struct db_statement purge_sql_ended_clients;

/* Removes `parent` itself. */
extern const struct db_statement purge_sql_organization;
extern const struct db_statement purge_sql_account;
extern const struct db_statement purge_sql_client;

#endif
