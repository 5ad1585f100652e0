#include "db/db_server.h"

#include "base/text.h"
#include "unit.h"

/* As VERSION() says it. */
static void test_which_servers_can_be_used(void **state)
{
    static const struct {
        const char *version;
        bool is_known;
    } cases[] = {
        {"10.5.0", true},
        {"10.5.23-MariaDB-0+deb11u1", true},
        {"10.11.14-MariaDB", true},
        {"11.0.2-MariaDB", true},
        {"10.4.34-MariaDB-log", false},
        {"5.5.68-MariaDB", false},
        {"8.0.36", false}, /* MySQL */
        {"10", false},
        {"MariaDB", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_case(db_server_is_known(text_of(cases[i].version)) == cases[i].is_known, i, cases[i].version);
    assert_false(db_server_is_known((struct text){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_servers_can_be_used),
    };

    return cmocka_run_group_tests_name("db_server", tests, NULL, NULL);
}
