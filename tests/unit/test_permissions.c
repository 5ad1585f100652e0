#include "domain/access/permissions.h"

#include "unit.h"

/* The contract's table, a row for each kind of caller. */
static const struct {
    const char *who;
    struct standing standing;
    bool may[4]; /* read, update, transfer, delete */
} rows[] = {
    {"superuser", {.is_superuser = true}, {true, true, true, true}},
    {"superuser who is a member", {.is_superuser = true, .mask = ROLE_BIT(ROLE_MEMBER)}, {true, true, true, true}},
    {"owner", {.is_owner = true, .mask = ROLE_BIT(ROLE_ADMIN)}, {true, true, true, true}},
    {"admin", {.mask = ROLE_BIT(ROLE_ADMIN)}, {true, true, false, true}},
    {"manager", {.mask = ROLE_BIT(ROLE_MANAGER)}, {true, true, false, false}},
    {"billing_admin", {.mask = ROLE_BIT(ROLE_BILLING_ADMIN)}, {true, false, false, false}},
    {"viewer", {.mask = ROLE_BIT(ROLE_VIEWER)}, {true, false, false, false}},
    {"member", {.mask = ROLE_BIT(ROLE_MEMBER)}, {true, false, false, false}},
    {"outsider", {.mask = 0}, {false, false, false, false}},
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

/* Shows: API5. */
static void test_permissions_of_roles_made_here(void **state)
{
    const struct {
        const char *who;
        int64_t mask;
        bool may[3];   /* read and update the organization, create a role */
        bool holds[3]; /* the manager's role, the permission to create roles, both */
    } cases[] = {
        {"nobody", 0, {false, false, false}, {false, false, false}},
        {"a permission", PERMISSION_BIT(PERMISSION_ORGANIZATION_UPDATE), {false, true, false}, {false, false, false}},
        {"a member and a permission",
         ROLE_BIT(ROLE_MEMBER) | PERMISSION_BIT(PERMISSION_ROLE_CREATE),
         {true, false, true},
         {false, true, false}},
        {"a manager", ROLE_BIT(ROLE_MANAGER), {true, true, false}, {true, false, false}},
        {"a manager and a permission",
         ROLE_BIT(ROLE_MANAGER) | PERMISSION_BIT(PERMISSION_ROLE_CREATE),
         {true, true, true},
         {true, true, true}},
        {"a manager's permissions without the role",
         mask_permissions(ROLE_BIT(ROLE_MANAGER)),
         {true, true, false},
         {true, false, false}},
        {"an admin", ROLE_BIT(ROLE_ADMIN), {true, true, true}, {true, true, true}},
    };
    const int64_t role = ROLE_BIT(ROLE_MANAGER);
    const int64_t permission = PERMISSION_BIT(PERMISSION_ROLE_CREATE);

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct standing standing = {.mask = cases[i].mask};
        const bool may[] = {
            standing_allows(&standing, PERMISSION_ORGANIZATION_READ),
            standing_allows(&standing, PERMISSION_ORGANIZATION_UPDATE),
            standing_allows(&standing, PERMISSION_ROLE_CREATE),
        };
        const bool holds[] = {
            standing_holds(&standing, role),
            standing_holds(&standing, permission),
            standing_holds(&standing, role | permission),
        };

        assert_case(memcmp(may, cases[i].may, sizeof(may)) == 0, i, cases[i].who);
        assert_case(memcmp(holds, cases[i].holds, sizeof(holds)) == 0, i, cases[i].who);
        assert_case(standing_holds(&standing, 0) && standing_holds(&standing, cases[i].mask), i, cases[i].who);
    }
    assert_true(standing_holds(&(struct standing){.is_owner = true}, role | permission));
    assert_true(standing_holds(&(struct standing){.is_superuser = true}, role | permission));
}

/* Masks are kept in the database, so that a number never changes its meaning. */
static void test_the_numbers_stay(void **state)
{
    (void)state;
    assert_int_equal(ROLE_BIT(ROLE_ADMIN), 1);
    assert_int_equal(ROLE_BIT(ROLE_MEMBER), 16);
    assert_int_equal(PERMISSION_BIT(PERMISSION_ORGANIZATION_READ), 256);
    assert_int_equal(PERMISSION_BIT(PERMISSION_ROLE_CREATE), 256 << 7);
    assert_int_equal(PERMISSION_BIT(PERMISSION_EVENT_READ), 256 << 22);
    assert_int_equal(permission_bits(PERMISSION_INVITATION_READ), (256 << 14) + 1 + 2 + 4);
    assert_string_equal(ROLE_ADMIN_SQL, "1");
    assert_int_equal(mask_permissions(ROLE_BIT(ROLE_ADMIN)), (INT64_C(256) << PERMISSIONS_END) - 256);
}

static void test_names(void **state)
{
    /* In the order of the database's SET. */
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
        cmocka_unit_test(test_matrix),           cmocka_unit_test(test_permissions_of_roles_made_here),
        cmocka_unit_test(test_the_numbers_stay), cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_roles),
    };

    return cmocka_run_group_tests_name("permissions", tests, NULL, NULL);
}
