/* The statements about organizations. */
#ifndef ORGD_ORGANIZATION_SQL_H
#define ORGD_ORGANIZATION_SQL_H

#include "domain/access/access.h"
#include "domain/access/caller_sql.h"
#include "organization.h"

struct organization_params {
    struct credential caller;
    struct organization organization; /* the key; for a write all of it, as it is to become */
    struct text name_key;
    struct text from; /* the names of a list have keys from here on and before that (name.h) */
    struct text end;
    int64_t previous_revision;
    int64_t default_limit; /* of organizations that the owner may have */
    struct id actor_id;    /* who updates or ends it, with any of these bits (permission_bits()) */
    int64_t bits;
    bool is_superuser;
};

/* The caller, the organization (nil id: there is none), and the caller's standing in it. */
struct organization_row {
    struct caller_row caller;
    struct organization organization;
    int64_t mask;
};

CALLER_STATEMENTS(organization_sql_get_by_id);
CALLER_STATEMENTS(organization_sql_get_by_name);
extern const struct db_statement organization_sql_get_as_operator; /* without the caller */

extern const struct db_statement organization_sql_summary; /* rows are of struct organization_summary */
/* Those in a range of names, in one of the four orders. */
extern const struct db_statement organization_sql_summaries;
extern const struct db_statement organization_sql_summaries_newest;
extern const struct db_statement organization_sql_summaries_by_name;
extern const struct db_statement organization_sql_summaries_by_name_down;

/* The account that is to own an organization. */
struct organization_owner_row {
    bool may_own; /* an active human user */
    bool is_service;
};

extern const struct db_statement organization_sql_owner;

/* Each changes a row if the owner is an active human user below the limit; the second one also asks whether the
 * caller's credential counts and is the owner's, and hands the name on to the event (EVENT_ACTOR_NAME). */
extern const struct db_statement organization_sql_take_ownership;
CALLER_STATEMENTS(organization_sql_take_own);
extern const struct db_statement organization_sql_drop_ownership;
extern const struct db_statement organization_sql_owner_name;

extern const struct db_statement organization_sql_insert;
/* With an id that somebody has chosen: changes no row if the ids of its system's roles are those of roles that were
 * made somewhere. Those are random, so that nobody can choose an id before such a role is there. */
extern const struct db_statement organization_sql_insert_chosen;
extern const struct db_statement organization_sql_insert_owner;     /* as a member: an admin */
extern const struct db_statement organization_sql_make_owner_admin; /* a new owner, who may be a member already */
/* Each changes the row only if it has that revision, and the actor still has the permission and a credential that
 * counts. Roles, and keys of service accounts, change without the revision, under the lock of the head; so each comes
 * behind the event, which locks it, too. A new owner is a member, unless a superuser chooses. */
CALLER_STATEMENTS(organization_sql_update);
extern const struct db_statement organization_sql_update_as_operator;
CALLER_STATEMENTS(organization_sql_end);
extern const struct db_statement organization_sql_end_as_operator;
/* Removes members at once, so that lists that skip need not look at each organization. What a large organization has
 * more of them is removed later, and until then shown to nobody. */
extern const struct db_statement organization_sql_end_memberships;

struct organization_owner_name_row {
    struct text name;
};

struct organization_state_row {
    int64_t revision;
    struct timestamp ended;
    struct timestamp created;
    struct timestamp updated;
};

/* Finds what became of a write without an answer. Waits for a transaction that still holds the row, and then locks
 * it. */
extern const struct db_statement organization_sql_state;

#endif
