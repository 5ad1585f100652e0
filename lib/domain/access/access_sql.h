/* What the statements about an organization share: the caller, the organization, and what the
 * caller holds there. */
#ifndef ORGD_ACCESS_SQL_H
#define ORGD_ACCESS_SQL_H

#include "access.h"
#include "caller_sql.h"

/* What the caller holds in the organization `o`, for SELECT CALLER_COLUMNS(proof), more. An operator holds nothing. */
#define ACCESS_COLUMNS ", m.mask"
#define ACCESS_FROM(proof, condition) ACCESS_FROM_##proof(CALLER_FROM(proof), condition)
#define ACCESS_FROM_USER_TOKEN(caller_from, condition)                                                                 \
    caller_from " LEFT JOIN orgd_organizations o ON " condition " AND o.ended IS NULL" MEMBERSHIP
#define ACCESS_FROM_USER_SECRET(caller_from, condition) ACCESS_FROM_USER_TOKEN(caller_from, condition)
#define ACCESS_FROM_EXTERNAL_TOKEN(caller_from, condition) ACCESS_FROM_USER_TOKEN(caller_from, condition)
#define ACCESS_FROM_GRANT_TOKEN(caller_from, condition) ACCESS_FROM_USER_TOKEN(caller_from, condition)
/* A service account is a member of its own organization alone, which it needs anyway. So that one is read, once; it has
 * no role in it unless it asked for it. */
#define ACCESS_FROM_SERVICE_TOKEN(caller_from, condition)                                                              \
    " FROM orgd_credentials c JOIN orgd_organizations o ON o.id = c.organization_id AND o.ended IS NULL" MEMBERSHIP    \
    " AND " condition
#define ACCESS_FROM_SERVICE_SECRET(caller_from, condition) ACCESS_FROM_SERVICE_TOKEN(caller_from, condition)
#define MEMBERSHIP " LEFT JOIN orgd_memberships m ON m.organization_id = o.id AND m.account_id = c.account_id"

/* True if the account `caller` has member:read in an organization that the account `other` belongs to as well: the one
 * question by which people learn of each other. It looks through the organizations of `caller`. The parameter
 * :member_readers is permission_bits(PERMISSION_MEMBER_READ). */
#define SHARES_ORGANIZATION(caller, other)                                                                             \
    "EXISTS (SELECT 1 FROM orgd_memberships mine STRAIGHT_JOIN orgd_memberships theirs"                                \
    " ON theirs.organization_id = mine.organization_id AND theirs.account_id = " other                                 \
    " STRAIGHT_JOIN orgd_organizations shared ON shared.id = mine.organization_id AND shared.ended IS NULL"            \
    " WHERE mine.account_id = " caller " AND mine.mask & :member_readers)"

struct access_params {
    struct credential caller;
    struct id organization_id;
};

/* Each has a struct access_params and a struct access_row. */
CALLER_STATEMENTS(access_sql_see);
extern const struct db_statement access_sql_see_as_operator;

#endif
