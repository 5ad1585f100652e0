/* Shared by the files of the module org alone: rows and statements. */
#ifndef ORGD_ORGANIZATION_PRIVATE_H
#define ORGD_ORGANIZATION_PRIVATE_H

#include "organization.h"

/* An organization's columns; `revision` 0 says that there was none. */
struct org_columns {
    struct id id;
    struct text name;
    struct text description;
    struct text logo_url;
    struct text links;
    struct id owner_id;
    int64_t subscription_status;
    struct timestamp trial_end;
    int64_t revision;
    struct timestamp created;
    struct timestamp updated;
};

/* The texts are the columns'. */
struct organization org_from_columns(const struct org_columns *columns);

/* Fails with ERR_NOT_FOUND. */
int org_not_found(struct error *err);

/* Caller, organization, and what the one is to the other. */
struct org_row {
    struct caller_row caller;
    struct org_columns org;
    int64_t role;
};

struct org_get_params {
    struct id credential;
    struct id id;
    struct text name_key;
};

extern const struct db_statement
    org_sql_authenticate; /* params and row as org_sql_get_by_id, without an organization */
extern const struct db_statement org_sql_get_by_id;
extern const struct db_statement org_sql_get_by_name;

struct org_list_params {
    struct credential caller;
    struct text name_key;
    struct id owner_id;
    struct text owner_key;
    struct id after;
    struct timestamp after_time; /* where `after` was created, as its id says, should it be gone */
    int64_t offset;
    int64_t limit;
};

/* Every row has the caller, unless its statement says otherwise. An empty page is one row, whose organization has the
 * nil id. */
struct org_list_row {
    struct caller_row caller;
    struct org_columns org;
    bool after_is_known;
};

extern const struct db_statement org_sql_list;
/* The same without filters and `after`; however much is skipped, only indexes are read of that. */
extern const struct db_statement org_sql_list_all;
/* The same of a member's own list without filters, `after` and subscription, for half the work. It gives no row where
 * the page is empty or the caller does not count or is a superuser, and its rows do not have the caller. */
extern const struct db_statement org_sql_list_member;

struct org_count_row {
    int64_t total;
};

extern const struct db_statement org_sql_count;
extern const struct db_statement org_sql_count_all; /* without filters */

/* The account that is to own an organization. */
struct org_owner_params {
    struct id owner_id;
    int64_t default_limit;
};

struct org_owner_row {
    bool may_own; /* an active human user */
    bool is_service;
};

extern const struct db_statement org_sql_owner;
extern const struct db_statement org_sql_take_ownership; /* changes a row if the owner is below the limit */
extern const struct db_statement org_sql_drop_ownership;

struct org_write_params {
    struct organization org; /* as it is to be */
    struct text status;
    int64_t previous_revision;
    int64_t default_limit; /* of organizations that the owner may have */
    /* Of a creation that finds out itself whether its caller counts; the id is nil if that is known. */
    struct credential caller;
};

/* The whole transaction; refused if the credential does not count or is not the owner's, or if the owner is no active
 * user or has as many as it may. */
extern const struct db_statement org_sql_create;
extern const struct db_statement org_sql_insert_owner_membership;
extern const struct db_statement org_sql_update;
extern const struct db_statement org_sql_delete;

struct org_state_row {
    int64_t revision;
    struct timestamp created;
    struct timestamp updated;
};

/* What became of a write whose COMMIT was not answered. It waits for a transaction that still holds the row. */
extern const struct db_statement org_sql_state;

#endif
