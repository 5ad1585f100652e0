#include "domain/access/system_roles.h"
#include "unit.h"

static const struct id organization = {{0x01, 0x93, [15] = 0x87}};

static void test_ids(void **state)
{
    static const uint8_t last[] = {[ROLE_ADMIN] = 0x86, 0x85, 0x84, 0x83, 0x82};

    (void)state;
    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++) {
        struct id id = system_role_id(&organization, role);

        assert_int_equal(id.bytes[15], last[role]);
        assert_memory_equal(id.bytes, organization.bytes, 15);
        assert_int_equal(system_role_of_id(&organization, &id), role);
    }
}

static void test_no_role(void **state)
{
    struct id other = system_role_id(&organization, ROLE_ADMIN);

    (void)state;
    other.bytes[0] ^= 1;
    assert_int_equal(system_role_of_id(&organization, &other), ROLE_NONE);
    assert_int_equal(system_role_of_id(&organization, &organization), ROLE_NONE);
}

static void test_titles(void **state)
{
    (void)state;
    assert_string_equal(system_role_title(ROLE_ADMIN).data, "Organization Admin");
    assert_string_equal(system_role_title(ROLE_BILLING_ADMIN).data, "Billing Admin");
    assert_string_equal(system_role_title(ROLE_MEMBER).data, "Organization Member");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_no_role),
        cmocka_unit_test(test_titles),
    };

    return cmocka_run_group_tests_name("system_roles", tests, NULL, NULL);
}
