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

/* A condition of a branch that looks for something of an organization, which a parameter or a subquery names. It is a
 * subquery of its own, whose value the server knows before it looks: who may not see anything of the organization does
 * not find out by the time it takes how much there is. It asks only whether there is a membership, which is cheap; the
 * row says what the roles allow. */
#define ACCESS_MAY_SEE(proof, organization)                                                                            \
    " AND (SELECT " CALLER_IS_SUPERUSER(proof) " OR y.account_id IS NOT NULL" CALLER_FROM(                             \
        proof) " LEFT JOIN orgd_memberships y ON y.organization_id = " organization                                    \
               " AND y.account_id = c.account_id" CALLER_WHERE(proof) ")"

/* True if what the caller holds in the organization gives one of the bits: permission_bits(), as a parameter. Also a
 * subquery of its own: for a branch that shows what not every member may see. */
#define ACCESS_HOLDS(proof, organization, bits)                                                                        \
    "(SELECT " CALLER_IS_SUPERUSER(proof) " OR y.mask & " bits " <> 0" CALLER_FROM(                                    \
        proof) " LEFT JOIN orgd_memberships y ON y.organization_id = " organization                                    \
               " AND y.account_id = c.account_id" CALLER_WHERE(proof) ")"

/* The columns of a struct access_row, and its members: `place` is one in the struct of the rows. Their labels leave the
 * names of what else is read free. */
#define ACCESS_SEEN "o.id AS seen_id, o.owner_id AS seen_owner_id"
#define ACCESS_SELECT(proof) CALLER_COLUMNS(proof) ", " ACCESS_SEEN ", m.mask AS seen_mask"
/* NOLINTBEGIN(bugprone-macro-parentheses): `place` is part of a member's name */
#define ACCESS_ROW_MEMBERS(row_type, place)                                                                            \
    CALLER_ROW_MEMBERS(row_type, place.caller), DB_MEMBER_AS("seen_id", row_type, place.organization_id),              \
        DB_MEMBER_AS("seen_owner_id", row_type, place.owner_id), DB_MEMBER_AS("seen_mask", row_type, place.mask)
/* NOLINTEND(bugprone-macro-parentheses) */

struct access_params {
    struct credential caller;
    struct id organization_id;
};

/* Each has a struct access_params and a struct access_row. */
CALLER_STATEMENTS(access_sql_see);
extern const struct db_statement access_sql_see_as_operator;

#endif
