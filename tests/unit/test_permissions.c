#include "domain/access/permissions.h"

#include "unit.h"

/* The contract's table, a row for each kind of caller. */
static const struct {
    const char *who;
    struct standing standing;
    bool may[4]; /* read, update, transfer, delete */
} rows[] = {
    {"superuser", {.is_superuser = true}, {true, true, true, true}},
    {"superuser who is a member", {.is_superuser = true, .role = ROLE_MEMBER}, {true, true, true, true}},
    {"owner", {.is_owner = true, .role = ROLE_ADMIN}, {true, true, true, true}},
    {"admin", {.role = ROLE_ADMIN}, {true, true, false, true}},
    {"manager", {.role = ROLE_MANAGER}, {true, true, false, false}},
    {"billing_admin", {.role = ROLE_BILLING_ADMIN}, {true, false, false, false}},
    {"viewer", {.role = ROLE_VIEWER}, {true, false, false, false}},
    {"member", {.role = ROLE_MEMBER}, {true, false, false, false}},
    {"outsider", {.role = ROLE_NONE}, {false, false, false, false}},
};

/* Shows: API5. */
static void test_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct standing *standing = &rows[i].standing;
        const bool may[] = {
            standing_allows(standing, PERMISSION_ORGANIZATION_READ),
            standing_allows(standing, PERMISSION_ORGANIZATION_UPDATE),
            standing_may_transfer(standing),
            standing_allows(standing, PERMISSION_ORGANIZATION_DELETE),
        };

        assert_case(memcmp(may, rows[i].may, sizeof(may)) == 0, i, rows[i].who);
    }
}

static void test_names(void **state)
{
    /* In the order of the database's ENUM, which numbers from 1. */
    static const char *const names[] = {"admin", "manager", "viewer", "billing_admin", "member"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        enum role role = ROLE_NONE;

        assert_true(role_parse(names[i], &role));
        assert_int_equal(role, i + 1);
        assert_string_equal(role_name(role), names[i]);
    }
}

static void test_no_roles(void **state)
{
    static const char *const names[] = {"",     "Admin",         "admin ",  "owner", "superuser",
                                        "none", "billing-admin", "billing", "NULL"};
    enum role role = ROLE_VIEWER;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        assert_case(!role_parse(names[i], &role), i, names[i]);
    assert_int_equal(role, ROLE_VIEWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_roles),
    };

    return cmocka_run_group_tests_name("permissions", tests, NULL, NULL);
}
