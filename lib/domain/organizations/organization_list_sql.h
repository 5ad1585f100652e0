/* The statements that list organizations. */
#ifndef ORGD_ORGANIZATION_LIST_SQL_H
#define ORGD_ORGANIZATION_LIST_SQL_H

#include "domain/access/caller_sql.h"
#include "organization.h"

struct organization_list_params {
    struct credential caller;
    struct text name_key;
    struct id owner_id;
    struct text owner_key;
    /* The names of the page have keys from here on and before that: what they begin with, and by name also where the
     * page starts (name.h). */
    struct text from;
    struct text end;
    struct id after;
    struct timestamp after_time; /* when `after` was created, by its id, in case it was deleted */
    bool wants_subscription;
    int64_t offset;
    int64_t limit;
};

/* Every row has the caller, unless its statement says otherwise. An empty page is one row, whose organization has the
 * nil id. */
struct organization_list_row {
    struct caller_row caller;
    struct organization organization;
    int64_t mask;         /* what the caller holds there, if the subscription is wanted (permissions.h) */
    struct text name_key; /* where the order is that of names */
    bool after_is_known;
};

/* By created. The first has no filters and no `after`, and of what it skips only indexes are read. The others have
 * `after`, and the filters; what the name begins with; and both. */
CALLER_STATEMENTS(organization_sql_list_all);
CALLER_STATEMENTS(organization_sql_list);
CALLER_STATEMENTS(organization_sql_list_search);
CALLER_STATEMENTS(organization_sql_list_both);
/* The same, the newest first. */
CALLER_STATEMENTS(organization_sql_list_all_newest);
CALLER_STATEMENTS(organization_sql_list_newest);
CALLER_STATEMENTS(organization_sql_list_search_newest);
CALLER_STATEMENTS(organization_sql_list_both_newest);
/* A member's own list by created without filters, `after` and subscription, for half the work. It gives no row where
 * the page is empty, or the caller does not count or is a superuser, and its rows do not have the caller. */
CALLER_STATEMENTS(organization_sql_list_member);

/* By name, and in the other direction; without an owner, and with one. A superuser's page costs the same at any depth.
 * A member's is sorted of all names that the member has, and an owner's of all that this owner has. */
CALLER_STATEMENTS(organization_sql_list_by_name);
CALLER_STATEMENTS(organization_sql_list_by_name_down);
CALLER_STATEMENTS(organization_sql_list_by_name_of_owner);
CALLER_STATEMENTS(organization_sql_list_by_name_of_owner_down);

struct organization_count_row {
    int64_t total;
};

CALLER_STATEMENTS(organization_sql_count_all); /* without filters */
CALLER_STATEMENTS(organization_sql_count);
CALLER_STATEMENTS(organization_sql_count_search);
CALLER_STATEMENTS(organization_sql_count_both);

#endif
