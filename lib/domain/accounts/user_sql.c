#include "user_sql.h"

#include "domain/access/access_sql.h"

static const struct db_record params =
    DB_RECORD(struct user_params, CALLER_MEMBERS(struct user_params, caller), DB_MEMBER(struct user_params, id),
              DB_MEMBER(struct user_params, member_readers));
/* The names of the caller's columns come first. */
static const struct db_record row =
    DB_RECORD(struct user_row, CALLER_ROW_MEMBERS(struct user_row, caller), ACCOUNT_MEMBERS(struct user_row));
static const struct db_record list_params =
    DB_RECORD(struct user_list_params, CALLER_MEMBERS(struct user_list_params, caller),
              DB_MEMBER(struct user_list_params, member_readers), DB_MEMBER(struct user_list_params, user_id),
              DB_MEMBER(struct user_list_params, username_key), DB_MEMBER(struct user_list_params, email),
              DB_MEMBER(struct user_list_params, standing), DB_MEMBER(struct user_list_params, oauth_provider),
              DB_MEMBER(struct user_list_params, oauth_id), DB_MEMBER(struct user_list_params, key_pattern),
              DB_MEMBER(struct user_list_params, pattern), DB_MEMBER(struct user_list_params, after),
              DB_MEMBER(struct user_list_params, offset), DB_MEMBER(struct user_list_params, limit),
              DB_MEMBER(struct user_list_params, end));
static const struct db_record count_row = DB_RECORD(struct user_count_row, DB_MEMBER(struct user_count_row, total));

/* One account */

#define SELF(proof)                                                                                                    \
    "SELECT " CALLER_COLUMNS(proof) ", " ACCOUNT_SHOWN CALLER_FROM(                                                    \
        proof) " JOIN orgd_accounts a ON a.id = c.account_id" ACCOUNT_JOINS                                            \
    CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(user_sql_self, "user_self", SELF, &params, &row);

/* A service account ends with its organization. */
#define WITH_HOME " LEFT JOIN orgd_organizations e ON e.id = a.organization_id"
#define LIVES " AND a.ended IS NULL AND e.ended IS NULL"

#define IS_SEEN(proof)                                                                                                 \
    " AND (" CALLER_IS_SUPERUSER(proof) " OR a.id = c.account_id OR " SHARES_ORGANIZATION("c.account_id", "a.id") ")"

#define GET(proof)                                                                                                     \
    "SELECT " CALLER_COLUMNS(proof) ", " ACCOUNT_SHOWN ", e.name AS organization" CALLER_FROM(                         \
        proof) " LEFT JOIN (orgd_accounts a FORCE INDEX (PRIMARY)" WITH_HOME ") ON a.id = :id" LIVES                   \
    IS_SEEN(proof)                                                                                                     \
    ACCOUNT_JOINS                                                                                                      \
    CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(user_sql_get, "user_get", GET, &params, &row);

/* Lists. The ids of the page come first, from a branch for superusers and one for others; the one that does not apply
 * is impossible once the caller's row has been read. The server folds a filter whose parameter is NULL away before it
 * makes the plan. The accounts are joined to the ids, which keeps their order, since to sort them again would cost more
 * than all the rest; user_list() looks whether it did. */

#define WITH_STANDING " AND (:standing = 0 OR a.is_active = (:standing = 1))"
#define WITH_IDENTITY                                                                                                  \
    " AND ((:oauth_provider IS NULL AND :oauth_id IS NULL) OR EXISTS (SELECT 1 FROM orgd_identities g"                 \
    " WHERE g.account_id = a.id AND (:oauth_provider IS NULL OR g.issuer = :oauth_provider)"                           \
    " AND (:oauth_id IS NULL OR g.subject = :oauth_id)))"
#define BEGINS(column, pattern) column " LIKE " pattern " ESCAPE '|'"
#define BY_NAME BEGINS("a.name_key", ":key_pattern")
#define BY_ADDRESS BEGINS("a.email", ":pattern")
#define BY_FULL_NAME BEGINS("a.full_name", ":pattern")
#define SEARCHED " AND (:pattern IS NULL OR " BY_NAME " OR " BY_ADDRESS " OR " BY_FULL_NAME ")"
#define BEHIND(id) " AND (:after IS NULL OR " id " > :after)"

/* The key of a service account's name has FF and the id of its organization behind the name's own. */
#define FIRST_KEY "CONCAT(:username_key, UNHEX('FF'))"
#define LAST_KEY "CONCAT(:username_key, REPEAT(UNHEX('FF'), 17))"
#define FOUND                                                                                                          \
    " AND (:user_id IS NULL OR a.id = :user_id)"                                                                       \
    " AND (:username_key IS NULL OR a.name_key = :username_key OR a.name_key BETWEEN " FIRST_KEY " AND " LAST_KEY ")"  \
    " AND (:email IS NULL OR (a.email = :email AND LOWER(a.email) = BINARY LOWER(:email)))"

#define PAGE(id) " ORDER BY " id " LIMIT :limit OFFSET :offset"
#define GROUPED_PAGE(id) " GROUP BY " id PAGE(id)
#define NO_PAGE(id)

/* Whoever is no superuser, and names nobody. */
#define SELF_BRANCH(proof, what, page)                                                                                 \
    "SELECT " what CALLER_FROM(proof) " JOIN orgd_accounts a ON a.id = c.account_id" CALLER_WHERE(                     \
        proof) " AND NOT " CALLER_IS_SUPERUSER(proof) WITH_STANDING WITH_IDENTITY SEARCHED BEHIND("a.id") page("a.id")

/* Without the hint the server might sort the whole table. */
#define ALL_BRANCH(proof, what, page)                                                                                  \
    "SELECT " what CALLER_FROM(                                                                                        \
        proof) " JOIN orgd_accounts a FORCE INDEX FOR ORDER BY (PRIMARY, orgd_accounts_active)" WITH_HOME              \
    CALLER_WHERE(proof) " AND " CALLER_IS_SUPERUSER(proof) LIVES WITH_STANDING BEHIND("a.id") page("a.id")

#define FOUND_BRANCH(proof, what, page)                                                                                \
    "SELECT " what CALLER_FROM(proof) " JOIN orgd_accounts a" WITH_HOME CALLER_WHERE(proof)                            \
    FOUND LIVES WITH_STANDING WITH_IDENTITY SEARCHED BEHIND("a.id") IS_SEEN(proof) page("a.id")

#define SEARCHED_PART(proof, index, begins, end)                                                                       \
    "(SELECT a.id" CALLER_FROM(proof) " JOIN orgd_accounts a FORCE INDEX (" index ")" WITH_HOME CALLER_WHERE(          \
        proof) " AND " CALLER_IS_SUPERUSER(proof) " AND " begins LIVES WITH_STANDING BEHIND("a.id") end ")"
#define SEARCHED_BRANCH(proof, what, page, end)                                                                        \
    "SELECT " what " FROM (" SEARCHED_PART(proof, "orgd_accounts_name_key", BY_NAME, end) " UNION " SEARCHED_PART(     \
        proof, "orgd_accounts_email", BY_ADDRESS, end) " UNION " SEARCHED_PART(proof, "orgd_accounts_full_name",       \
                                                                               BY_FULL_NAME, end) ") s" page("s.id")
#define PART_PAGE " ORDER BY a.id LIMIT :end"

#define EXTERNAL_BRANCH(proof, what, page)                                                                             \
    "SELECT " what CALLER_FROM(proof) " JOIN orgd_identities x JOIN orgd_accounts a ON a.id = x.account_id" WITH_HOME  \
    CALLER_WHERE(proof) " AND " CALLER_IS_SUPERUSER(                                                                   \
        proof) " AND (:oauth_provider IS NULL OR x.issuer = :oauth_provider)"                                          \
               " AND (:oauth_id IS NULL OR x.subject = :oauth_id)" LIVES WITH_STANDING SEARCHED BEHIND("x.account_id") \
                   page("x.account_id")

#define LIST_OF(proof, branches)                                                                                       \
    "SELECT " CALLER_COLUMNS(proof) ", " ACCOUNT_SHOWN CALLER_FROM(                                                    \
        proof) " LEFT JOIN (" branches ") q ON TRUE LEFT JOIN orgd_accounts a ON a.id = q.id" ACCOUNT_JOINS            \
    CALLER_WHERE(proof)
#define OR_SELF(proof, branch) "(" SELF_BRANCH(proof, "a.id", PAGE) ") UNION ALL (" branch ")"

#define LIST(proof) LIST_OF(proof, OR_SELF(proof, ALL_BRANCH(proof, "a.id", PAGE)))
#define LIST_FOUND(proof) LIST_OF(proof, FOUND_BRANCH(proof, "a.id", PAGE))
#define LIST_SEARCHED(proof) LIST_OF(proof, OR_SELF(proof, SEARCHED_BRANCH(proof, "s.id", PAGE, PART_PAGE)))
#define LIST_EXTERNAL(proof) LIST_OF(proof, OR_SELF(proof, EXTERNAL_BRANCH(proof, "x.account_id AS id", GROUPED_PAGE)))

CALLER_STATEMENTS_DEFINED(user_sql_list, "user_list", LIST, &list_params, &row);
CALLER_STATEMENTS_DEFINED(user_sql_list_found, "user_list_found", LIST_FOUND, &list_params, &row);
CALLER_STATEMENTS_DEFINED(user_sql_list_searched, "user_list_searched", LIST_SEARCHED, &list_params, &row);
CALLER_STATEMENTS_DEFINED(user_sql_list_external, "user_list_external", LIST_EXTERNAL, &list_params, &row);

/* Totals: of the self, which is one or none, and of the rest. */
#define AND_SELF(proof, branch) "SELECT (" SELF_BRANCH(proof, "COUNT(*)", NO_PAGE) ") + (" branch ") AS total"
#define COUNT(proof) AND_SELF(proof, ALL_BRANCH(proof, "COUNT(*)", NO_PAGE))
#define COUNT_FOUND(proof) FOUND_BRANCH(proof, "COUNT(*) AS total", NO_PAGE)
#define COUNT_SEARCHED(proof) AND_SELF(proof, SEARCHED_BRANCH(proof, "COUNT(*)", NO_PAGE, ""))
#define COUNT_EXTERNAL(proof) AND_SELF(proof, EXTERNAL_BRANCH(proof, "COUNT(DISTINCT x.account_id)", NO_PAGE))

CALLER_STATEMENTS_DEFINED(user_sql_count, "user_count", COUNT, &list_params, &count_row);
CALLER_STATEMENTS_DEFINED(user_sql_count_found, "user_count_found", COUNT_FOUND, &list_params, &count_row);
CALLER_STATEMENTS_DEFINED(user_sql_count_searched, "user_count_searched", COUNT_SEARCHED, &list_params, &count_row);
CALLER_STATEMENTS_DEFINED(user_sql_count_external, "user_count_external", COUNT_EXTERNAL, &list_params, &count_row);
