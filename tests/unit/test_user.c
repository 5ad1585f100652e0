#include "domain/accounts/user.h"

#include "unit.h"

static void assert_json(const struct account *account, const char *expected)
{
    struct buf out;

    buf_init(&out, 1000);
    fields_write_json(&out, user_model.fields, account);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void test_user(void **state)
{
    const struct account account = {.id = {{0xaa}},
                                    .name = TEXT("a\"b"),
                                    .email = TEXT("a@example.org"),
                                    .email_verified = true,
                                    .is_active = true,
                                    .is_superuser = true,
                                    .company = TEXT("Acme"),
                                    .metadata = TEXT("{\"a\":[1]}"),
                                    .language = TEXT("de"),
                                    .oauth_provider = TEXT("https://id.example.org"),
                                    .oauth_id = TEXT("x"),
                                    .created = {1},
                                    .updated = {2}};

    (void)state;
    assert_json(
        &account,
        "{\"id\":\"aa000000-0000-0000-0000-000000000000\",\"username\":\"a\\\"b\",\"email\":\"a@example.org\",\"email_verified\":true,\"name\":null,"
        "\"avatar_url\":null,\"company\":\"Acme\",\"job_title\":null,\"metadata\":{\"a\":[1]},\"language\":\"de\",\"time_zone\":null,"
        "\"is_active\":true,\"is_superuser\":true,\"is_service_account\":false,\"organization_id\":null,"
        "\"oauth_provider\":\"https://id.example.org\",\"oauth_id\":\"x\","
        "\"created\":\"1970-01-01T00:00:00.000001Z\",\"updated\":\"1970-01-01T00:00:00.000002Z\"}");
}

static void test_service_account(void **state)
{
    const struct account account = {
        .id = {{0xaa}}, .organization_id = {{0xbb}}, .name = TEXT("robot"), .full_name = TEXT("R"), .is_service = true};

    (void)state;
    assert_json(
        &account,
        "{\"id\":\"aa000000-0000-0000-0000-000000000000\",\"username\":\"robot\",\"email\":null,\"email_verified\":false,\"name\":\"R\","
        "\"avatar_url\":null,\"company\":null,\"job_title\":null,\"metadata\":{},\"language\":null,\"time_zone\":null,"
        "\"is_active\":false,\"is_superuser\":false,\"is_service_account\":true,"
        "\"organization_id\":\"bb000000-0000-0000-0000-000000000000\",\"oauth_provider\":null,\"oauth_id\":null,"
        "\"created\":null,\"updated\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_service_account),
    };

    return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
