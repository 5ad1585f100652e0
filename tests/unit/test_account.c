#include "domain/accounts/account.h"

#include "unit.h"

static void assert_json(const struct account *account, const char *expected)
{
    struct buf out;

    buf_init(&out, 1000);
    account_write_json(&out, account);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void test_user(void **state)
{
    const struct account account = {.id = {{0xaa}},
                                    .name = TEXT("a\"b"),
                                    .email = TEXT("a@example.org"),
                                    .email_verified = true,
                                    .is_superuser = true};

    (void)state;
    assert_json(
        &account,
        "{\"id\":\"aa000000-0000-0000-0000-000000000000\",\"username\":\"a\\\"b\",\"email\":\"a@example.org\",\"email_verified\":true,\"name\":null,"
        "\"is_active\":true,\"is_superuser\":true,\"is_service_account\":false,\"organization_id\":null}");
}

static void test_service_account(void **state)
{
    const struct account account = {
        .id = {{0xaa}}, .organization_id = {{0xbb}}, .name = TEXT("robot"), .full_name = TEXT("R"), .is_service = true};

    (void)state;
    assert_json(
        &account,
        "{\"id\":\"aa000000-0000-0000-0000-000000000000\",\"username\":\"robot\",\"email\":null,\"email_verified\":false,\"name\":\"R\","
        "\"is_active\":true,\"is_superuser\":false,\"is_service_account\":true,"
        "\"organization_id\":\"bb000000-0000-0000-0000-000000000000\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_service_account),
    };

    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
