#include "domain/organizations/organization.h"
#include "domain/organizations/subscription.h"

#include "unit.h"

#define NOW INT64_C(1790000000000000)

static const struct timestamp now = {NOW};

static struct organization acme(void)
{
    return (struct organization){
        .id = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde, 0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}},
        .name = TEXT("R&D \"Berlin\"\\ü"),
        .owner_id = {{0x0f, 0xff}},
        .subscription_status = SUBSCRIPTION_TRIALING,
        .trial_end = {NOW + 90 * US_PER_S},
        .revision = 3,
        .created = {1763890200123456},
        .updated = {1763890200123457},
    };
}

static void assert_json(const struct organization *organization, bool include, const char *expected)
{
    struct buf out;

    buf_init(&out, 10000);
    organization_write_json(&out, organization, include, now);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

/* The order of the members is the contract's. */
static void test_smallest(void **state)
{
    struct organization organization = acme();

    (void)state;
    assert_json(&organization, false,
                "{\"name\":\"R&D \\\"Berlin\\\"\\\\ü\",\"description\":null,\"logo_url\":null,"
                "\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"created\":\"2025-11-23T09:30:00.123456Z\","
                "\"updated\":\"2025-11-23T09:30:00.123457Z\",\"has_active_subscription\":null,\"trial_expiry\":null,"
                "\"owner_id\":\"0fff0000-0000-0000-0000-000000000000\",\"links\":null}");
}

static void test_largest(void **state)
{
    struct organization organization = acme();

    (void)state;
    organization.name = TEXT("A");
    organization.description = TEXT("line\nline");
    organization.logo_url = TEXT("https://a.example/l.png");
    organization.links = TEXT("[{\"title\":\"t\",\"url\":\"https://b\"}]");
    assert_json(
        &organization, true,
        "{\"name\":\"A\",\"description\":\"line\\nline\",\"logo_url\":\"https://a.example/l.png\","
        "\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"created\":\"2025-11-23T09:30:00.123456Z\","
        "\"updated\":\"2025-11-23T09:30:00.123457Z\",\"has_active_subscription\":true,\"trial_expiry\":90,"
        "\"owner_id\":\"0fff0000-0000-0000-0000-000000000000\",\"links\":[{\"title\":\"t\",\"url\":\"https://b\"}]}");
}

static void test_subscription(void **state)
{
    static const struct {
        enum subscription_status status;
        int64_t trial_left_us;
        bool active;
        int64_t expiry;
    } cases[] = {
        {SUBSCRIPTION_TRIALING, 90 * US_PER_S, true, 90},
        {SUBSCRIPTION_TRIALING, 2 * US_PER_S - 1, true, 1}, /* whole seconds */
        {SUBSCRIPTION_TRIALING, 1, true, 0},
        {SUBSCRIPTION_TRIALING, 0, false, -1},
        {SUBSCRIPTION_TRIALING, -US_PER_S, false, -1},
        {SUBSCRIPTION_ACTIVE, 90 * US_PER_S, true, -1},
        {SUBSCRIPTION_ACTIVE, -NOW, true, -1},
        {SUBSCRIPTION_CANCELED, 90 * US_PER_S, false, -1},
        {SUBSCRIPTION_NONE, -NOW, false, -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct organization organization = acme();

        organization.subscription_status = cases[i].status;
        organization.trial_end.us = NOW + cases[i].trial_left_us;
        assert_case(subscription_is_active(organization.subscription_status, organization.trial_end, now) ==
                        cases[i].active,
                    i, "active");
        assert_case(subscription_trial_expiry(organization.subscription_status, organization.trial_end, now) ==
                        cases[i].expiry,
                    i, "expiry");
    }
}

/* Different answers have different tags, the same answer has the same. */
static void test_etag(void **state)
{
    struct organization organization = acme();
    char tags[6][ORGANIZATION_ETAG_SIZE];

    (void)state;
    organization_etag(&organization, false, now, tags[0]);
    organization_etag(&organization, true, now, tags[1]);
    organization_etag(&organization, true, (struct timestamp){NOW + US_PER_S}, tags[2]);
    organization.revision++;
    organization_etag(&organization, false, now, tags[3]);
    organization.revision--;
    organization.created.us++;
    organization_etag(&organization, false, now, tags[4]);
    organization.created.us--;
    organization.subscription_status = SUBSCRIPTION_ACTIVE;
    organization_etag(&organization, true, now, tags[5]);
    for (size_t i = 0; i < ARRAY_LENGTH(tags); i++) {
        assert_int_equal(tags[i][0], '"');
        assert_ptr_equal(strchr(tags[i] + 1, '"'), tags[i] + strlen(tags[i]) - 1);
        assert_null(strpbrk(tags[i], ", \t"));
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(tags[i], tags[other]);
    }
    organization_etag(&organization, false, (struct timestamp){NOW + US_PER_S}, tags[1]);
    assert_string_equal(tags[0], tags[1]);
}

static void test_longest_etag_fits(void **state)
{
    struct organization organization = {
        .created = {-1},
        .revision = INT64_MIN,
        .subscription_status = SUBSCRIPTION_TRIALING,
        .trial_end = {INT64_MAX},
    };
    char tag[ORGANIZATION_ETAG_SIZE];

    (void)state;
    organization_etag(&organization, true, (struct timestamp){0}, tag);
    assert_true(strlen(tag) < ORGANIZATION_ETAG_SIZE - 1);
    assert_int_equal(tag[strlen(tag) - 1], '"');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest), cmocka_unit_test(test_largest),           cmocka_unit_test(test_subscription),
        cmocka_unit_test(test_etag),     cmocka_unit_test(test_longest_etag_fits),
    };

    return cmocka_run_group_tests_name("organization_json", tests, NULL, NULL);
}
