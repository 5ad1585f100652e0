#include "db/db_failure.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include "unit.h"

static void test_what_numbers_mean(void **state)
{
    static const struct {
        unsigned number;
        enum db_failure failure;
    } cases[] = {
        {2006, DB_FAILURE_LOST},
        {2013, DB_FAILURE_LOST},
        {CR_ERR_NET_READ, DB_FAILURE_LOST},
        {ER_NORMAL_SHUTDOWN, DB_FAILURE_LOST},
        {ER_NET_READ_ERROR, DB_FAILURE_LOST},
        {1290, DB_FAILURE_ELSEWHERE}, /* read_only */
        {1792, DB_FAILURE_ELSEWHERE}, /* tx_read_only */
        {1836, DB_FAILURE_ELSEWHERE}, /* the server is in read-only mode */
        {1874, DB_FAILURE_ELSEWHERE}, /* innodb_read_only */
        {1036, DB_FAILURE_ELSEWHERE}, /* the table is read only */
        {1047, DB_FAILURE_ELSEWHERE},
        {1213, DB_FAILURE_CONFLICT},
        {1412, DB_FAILURE_CONFLICT},
        {1040, DB_FAILURE_BUSY}, /* max_connections */
        {1203, DB_FAILURE_BUSY}, /* max_user_connections */
        {1226, DB_FAILURE_BUSY}, /* MAX_UPDATES_PER_HOUR and its like */
        {1135, DB_FAILURE_BUSY},
        {1461, DB_FAILURE_BUSY}, /* max_prepared_stmt_count */
        {1637, DB_FAILURE_BUSY},
        {1197, DB_FAILURE_BUSY},
        {1114, DB_FAILURE_BUSY},
        {1021, DB_FAILURE_BUSY},
        {28, DB_FAILURE_BUSY},  /* the operating system's: no room */
        {1064, DB_FAILURE_BUG}, /* a syntax error */
        {1142, DB_FAILURE_BUG}, /* a right that is missing */
        {1146, DB_FAILURE_BUG}, /* a table that is missing */
        {31000, DB_FAILURE_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(db_failure_of(cases[i].number) == cases[i].failure, i, "db_failure_of");
}

/* As the servers say it. */
static void test_which_refusals_pass(void **state)
{
    static const struct {
        unsigned number;
        const char *message;
        bool is_shortage;
    } cases[] = {
        {1040, "Too many connections", true},
        {1203, "User orgd already has more than 'max_user_connections' active connections", true},
        {1226, "User 'orgd' has exceeded the 'max_user_connections' resource (current value: 5)", true},
        {1226, "User 'orgd' has exceeded the 'max_connections_per_hour' resource (current value: 5)", false},
        {1226, "User 'orgd' has exceeded the 'max_queries_per_hour' resource (current value: 5)", false},
        {1045, "Access denied for user 'orgd'@'localhost' (using password: YES)", false},
        {2002, "Can't connect to local server through socket", false},
        {0, "", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(db_failure_is_shortage(cases[i].number, cases[i].message) == cases[i].is_shortage, i,
                    cases[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_numbers_mean),
        cmocka_unit_test(test_which_refusals_pass),
    };

    return cmocka_run_group_tests_name("db_failure", tests, NULL, NULL);
}
