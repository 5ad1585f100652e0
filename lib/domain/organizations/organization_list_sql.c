#include "organization_list_sql.h"

/* Columns and members, from organization.def */

#define NOTHING()

#define MEMBER_OF_ROW(member, type, use) DB_MEMBER_AS(#member, struct organization_list_row, organization.member),

/* What answers show. The statements name o.id themselves. */
#define COLUMN(member, type, use) COLUMN_##use(member)
#define COLUMN_KEY(member)
#define COLUMN_SHOWN(member) ", o." #member
#define COLUMN_PATCHED(member) ", o." #member
#define COLUMN_INNER(member)

#define COLUMNS "o.id" ORGANIZATION_FIELDS(COLUMN, NOTHING)

/* The subscription, and what says whether the caller may see it: looked up for those who ask for it. */
#define SUBSCRIPTION_COLUMNS ", o.subscription_status + 0 AS subscription_status, o.trial_end, w.mask"
#define SUBSCRIPTION_JOIN                                                                                              \
    " LEFT JOIN orgd_memberships w ON :wants_subscription AND w.organization_id = o.id AND w.account_id = c.account_id"

static const struct db_record params = DB_RECORD(
    struct organization_list_params, CALLER_MEMBERS(struct organization_list_params, caller),
    DB_MEMBER(struct organization_list_params, name_key), DB_MEMBER(struct organization_list_params, owner_id),
    DB_MEMBER(struct organization_list_params, owner_key), DB_MEMBER(struct organization_list_params, from),
    DB_MEMBER(struct organization_list_params, end), DB_MEMBER(struct organization_list_params, after),
    DB_MEMBER(struct organization_list_params, after_time),
    DB_MEMBER(struct organization_list_params, wants_subscription), DB_MEMBER(struct organization_list_params, offset),
    DB_MEMBER(struct organization_list_params, limit));

static const struct db_record row =
    DB_RECORD(struct organization_list_row,
              ORGANIZATION_FIELDS(MEMBER_OF_ROW, NOTHING) CALLER_ROW_MEMBERS(struct organization_list_row, caller),
              DB_MEMBER(struct organization_list_row, mask), DB_MEMBER(struct organization_list_row, name_key),
              DB_MEMBER(struct organization_list_row, after_is_known));

static const struct db_record count_row =
    DB_RECORD(struct organization_count_row, DB_MEMBER(struct organization_count_row, total));

/* The ids of the page come first, in order: of several branches all but one are impossible once the caller's row has
 * been read, and cost nothing then. A member's goes along the index of memberships, a superuser's along one of
 * organizations. The branches are joined to the caller and not filtered by it, so that an empty page still says who
 * asks. (ORDER BY on the inner side of an outer join would sort all that a member has.) The server folds a filter whose
 * parameter is NULL away before it makes the plan. */

#define MEMBER_IDS_FROM(proof) CALLER_FROM(proof) " JOIN orgd_memberships m ON m.account_id = c.account_id"
#define MEMBER_FROM(proof)                                                                                             \
    MEMBER_IDS_FROM(proof) " JOIN orgd_organizations o ON o.id = m.organization_id AND o.ended IS NULL"
#define MEMBER_WHERE(proof) CALLER_WHERE(proof) " AND NOT " CALLER_IS_SUPERUSER(proof)
#define SUPERUSER_FROM(proof) CALLER_FROM(proof) " JOIN orgd_organizations o"
#define SUPERUSER_WHERE(proof) CALLER_WHERE(proof) " AND " CALLER_IS_SUPERUSER(proof)
#define LIVES " AND o.ended IS NULL"

#define SELECT_PAGE(proof, more_columns, member_page, superuser_page)                                                  \
    "SELECT " CALLER_COLUMNS(proof) ", " COLUMNS SUBSCRIPTION_COLUMNS more_columns CALLER_FROM(                        \
        proof) " LEFT JOIN ((" member_page ") UNION ALL (" superuser_page                                              \
               ")) p ON TRUE LEFT JOIN orgd_organizations o ON o.id = p.id AND o.ended IS NULL" SUBSCRIPTION_JOIN      \
               CALLER_WHERE(proof)

/* What a parameter leads to is asked by subqueries of its own: the server knows their values before it makes the plan,
 * so that it looks them up in an index like a parameter. It would not do so with the row of an outer join. */
#define OF_OWNER                                                                                                       \
    " AND (:owner_id IS NULL OR o.owner_id = :owner_id)"                                                               \
    " AND (:owner_key IS NULL OR o.owner_id = (SELECT w.id FROM orgd_accounts w WHERE w.name_key = :owner_key))"
#define FILTERS " AND (:name_key IS NULL OR o.name_key = :name_key)" OF_OWNER
/* What has ended has a key behind all names. So the index of keys alone says what lives. */
#define IN_RANGE(table) " AND " table ".name_key >= :from AND " table ".name_key < :end"

/* By created */

/* NOLINTBEGIN(bugprone-macro-parentheses): these are literals */
#define PAGE(created, id, direction) " ORDER BY " created direction ", " id direction " LIMIT :limit OFFSET :offset"
#define MEMBER_PAGE(direction) PAGE("m.organization_created", "m.organization_id", direction)
#define SUPERUSER_PAGE(direction) PAGE("o.created", "o.id", direction)
/* Without this the server sorts the whole table when a page begins far from the start. */
#define IN_ORDER " FORCE INDEX FOR ORDER BY (orgd_organizations_created, orgd_organizations_owner)"

/* After the organization of `after`, or after the time that its id tells. */
#define BEHIND(created, id, known, than)                                                                               \
    " AND (:after IS NULL OR (" created " " than "= COALESCE(" known ", :after_time)"                                  \
    " AND (" created " " than " COALESCE(" known ", :after_time) OR " id " " than " :after)))"
/* NOLINTEND(bugprone-macro-parentheses) */

#define KNOWN_TO_MEMBER                                                                                                \
    "(SELECT k.organization_created FROM orgd_credentials d JOIN orgd_memberships k ON k.account_id = d.account_id"    \
    " WHERE k.organization_id = :after AND d.id = :caller_id)"
#define KNOWN_TO_SUPERUSER "(SELECT k.created FROM orgd_organizations k WHERE k.id = :after)"
#define BEHIND_OF_MEMBER(than) BEHIND("m.organization_created", "m.organization_id", KNOWN_TO_MEMBER, than)
#define BEHIND_OF_SUPERUSER(than) BEHIND("o.created", "o.id", KNOWN_TO_SUPERUSER, than)
#define AFTER_IS_KNOWN(proof)                                                                                          \
    ", IF(" CALLER_IS_SUPERUSER(proof) ", " KNOWN_TO_SUPERUSER ", " KNOWN_TO_MEMBER ") IS NOT NULL AS after_is_known"

#define LIST_IN(proof, filters, than, direction)                                                                       \
    SELECT_PAGE(proof, AFTER_IS_KNOWN(proof),                                                                          \
                "SELECT o.id" MEMBER_FROM(proof) MEMBER_WHERE(proof) filters BEHIND_OF_MEMBER(than)                    \
                    MEMBER_PAGE(direction),                                                                            \
                "SELECT o.id" SUPERUSER_FROM(proof) IN_ORDER SUPERUSER_WHERE(proof)                                    \
                    LIVES filters BEHIND_OF_SUPERUSER(than) SUPERUSER_PAGE(direction))
#define LIST(proof) LIST_IN(proof, FILTERS, ">", "")
#define LIST_NEWEST(proof) LIST_IN(proof, FILTERS, "<", " DESC")
#define LIST_BOTH(proof) LIST_IN(proof, FILTERS IN_RANGE("o"), ">", "")
#define LIST_BOTH_NEWEST(proof) LIST_IN(proof, FILTERS IN_RANGE("o"), "<", " DESC")

CALLER_STATEMENTS_DEFINED(organization_sql_list, "organization_list", LIST, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_newest, "organization_list_newest", LIST_NEWEST, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_both, "organization_list_both", LIST_BOTH, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_both_newest, "organization_list_both_newest", LIST_BOTH_NEWEST, &params,
                          &row);

/* The ids of these pages are in the indexes, which is all that is read of what is skipped. (A condition that is folded
 * away would count as a use of its columns.) */
#define LIST_ALL_IN(proof, direction)                                                                                  \
    SELECT_PAGE(proof, "",                                                                                             \
                "SELECT m.organization_id AS id" MEMBER_IDS_FROM(proof) MEMBER_WHERE(proof) MEMBER_PAGE(direction),    \
                "SELECT o.id" SUPERUSER_FROM(proof) IN_ORDER SUPERUSER_WHERE(proof) LIVES SUPERUSER_PAGE(direction))
#define LIST_ALL(proof) LIST_ALL_IN(proof, "")
#define LIST_ALL_NEWEST(proof) LIST_ALL_IN(proof, " DESC")

CALLER_STATEMENTS_DEFINED(organization_sql_list_all, "organization_list_all", LIST_ALL, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_all_newest, "organization_list_all_newest", LIST_ALL_NEWEST, &params,
                          &row);

/* A superuser's page of what begins so is found in one of two ways. Up to 5,000 such names are read and sorted. Where
 * there are more, what was created next has such a name soon enough, so it is looked for in that order. The server
 * itself would choose by estimates, and pass all that is before `after`. */
#define THE_LAST_OF_MANY                                                                                               \
    " AND (SELECT n.id FROM orgd_organizations n WHERE TRUE" IN_RANGE("n") " ORDER BY n.name_key LIMIT 1 OFFSET 5000)"
#define SEARCH_IN(proof, than, direction)                                                                              \
    SELECT_PAGE(proof, AFTER_IS_KNOWN(proof),                                                                          \
                "SELECT o.id" MEMBER_FROM(proof) MEMBER_WHERE(proof) IN_RANGE("o") BEHIND_OF_MEMBER(than)              \
                    MEMBER_PAGE(direction),                                                                            \
                "SELECT o.id" SUPERUSER_FROM(proof) " FORCE INDEX (orgd_organizations_created)" SUPERUSER_WHERE(proof) \
                    LIVES THE_LAST_OF_MANY " IS NOT NULL" IN_RANGE("o") BEHIND_OF_SUPERUSER(than)                      \
                        SUPERUSER_PAGE(direction) ") UNION ALL (SELECT o.id" SUPERUSER_FROM(                           \
                            proof) " FORCE INDEX (orgd_organizations_name_key)" SUPERUSER_WHERE(proof)                 \
                            THE_LAST_OF_MANY " IS NULL" IN_RANGE("o") BEHIND_OF_SUPERUSER(than)                        \
                                SUPERUSER_PAGE(direction))
#define SEARCH(proof) SEARCH_IN(proof, ">", "")
#define SEARCH_NEWEST(proof) SEARCH_IN(proof, "<", " DESC")

CALLER_STATEMENTS_DEFINED(organization_sql_list_search, "organization_list_search", SEARCH, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_search_newest, "organization_list_search_newest", SEARCH_NEWEST,
                          &params, &row);

#define LIST_MEMBER(proof)                                                                                             \
    "SELECT " COLUMNS MEMBER_FROM(proof) MEMBER_WHERE(proof) " AND " CALLER_COUNTS(proof) MEMBER_PAGE("")

CALLER_STATEMENTS_DEFINED(organization_sql_list_member, "organization_list_member", LIST_MEMBER, &params, &row);

/* By name. Copies of names in the memberships would spare a member the sorting, but a change of a name would have to
 * write as many rows as there are members. */

/* NOLINTBEGIN(bugprone-macro-parentheses): these are literals */
#define NAME_PAGE(direction) " ORDER BY o.name_key" direction " LIMIT :limit OFFSET :offset"
#define BY_NAME_IN(proof, index, filters, direction)                                                                   \
    SELECT_PAGE(proof, ", o.name_key",                                                                                 \
                "SELECT o.id" MEMBER_FROM(proof) MEMBER_WHERE(proof) filters IN_RANGE("o") NAME_PAGE(direction),       \
                "SELECT o.id" SUPERUSER_FROM(proof) " FORCE INDEX (" index ")" SUPERUSER_WHERE(proof)                  \
                    filters IN_RANGE("o") NAME_PAGE(direction))
/* NOLINTEND(bugprone-macro-parentheses) */
#define BY_NAME(proof) BY_NAME_IN(proof, "orgd_organizations_name_key", "", "")
#define BY_NAME_DOWN(proof) BY_NAME_IN(proof, "orgd_organizations_name_key", "", " DESC")
#define BY_NAME_OF_OWNER(proof) BY_NAME_IN(proof, "orgd_organizations_owner", OF_OWNER LIVES, "")
#define BY_NAME_OF_OWNER_DOWN(proof) BY_NAME_IN(proof, "orgd_organizations_owner", OF_OWNER LIVES, " DESC")

CALLER_STATEMENTS_DEFINED(organization_sql_list_by_name, "organization_list_by_name", BY_NAME, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_by_name_down, "organization_list_by_name_down", BY_NAME_DOWN, &params,
                          &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_by_name_of_owner, "organization_list_by_name_of_owner",
                          BY_NAME_OF_OWNER, &params, &row);
CALLER_STATEMENTS_DEFINED(organization_sql_list_by_name_of_owner_down, "organization_list_by_name_of_owner_down",
                          BY_NAME_OF_OWNER_DOWN, &params, &row);

/* Totals */

#define COUNT_OF(proof, superuser_filters, filters)                                                                    \
    "SELECT (SELECT COUNT(*)" MEMBER_FROM(proof) MEMBER_WHERE(proof) filters                                           \
        ") + (SELECT COUNT(*)" SUPERUSER_FROM(proof) SUPERUSER_WHERE(proof) superuser_filters filters ") AS total"
#define COUNT(proof) COUNT_OF(proof, LIVES, FILTERS)
#define COUNT_ALL(proof) COUNT_OF(proof, LIVES, "")
#define COUNT_SEARCH(proof) COUNT_OF(proof, "", IN_RANGE("o"))
#define COUNT_BOTH(proof) COUNT_OF(proof, LIVES, FILTERS IN_RANGE("o"))

CALLER_STATEMENTS_DEFINED(organization_sql_count, "organization_count", COUNT, &params, &count_row);
CALLER_STATEMENTS_DEFINED(organization_sql_count_all, "organization_count_all", COUNT_ALL, &params, &count_row);
CALLER_STATEMENTS_DEFINED(organization_sql_count_search, "organization_count_search", COUNT_SEARCH, &params,
                          &count_row);
CALLER_STATEMENTS_DEFINED(organization_sql_count_both, "organization_count_both", COUNT_BOTH, &params, &count_row);
