#include "domain/events/event_row.h"

#include "event_fixture.h"
#include "unit.h"

static void assert_json(const struct event_row *row, const char *expected)
{
    struct buf out;

    buf_init(&out, 10000);
    event_row_write_json(&out, row);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

/* The order of the members is the contract's. */
static void test_what_an_event_lacks_is_null(void **state)
{
    struct event_row row = smallest_event();

    (void)state;
    assert_json(&row, "{\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"sequence\":1,\"action\":\"client.created\","
                      "\"occurred_at\":\"2025-11-23T09:30:00.123456Z\",\"actor\":{\"type\":\"operator\",\"id\":null,"
                      "\"name\":null,\"credential_id\":null},\"organization\":null,\"targets\":[],"
                      "\"context\":{\"request_id\":null,\"address\":null,\"user_agent\":null},\"changes\":{},"
                      "\"count\":1,\"version\":1,\"hash\":\"" EVENT_FIXTURE_HASH "\"}");
}

static void test_all_that_an_event_has(void **state)
{
    struct event_row row = smallest_event();

    (void)state;
    row.actor_id = row.actor_credential_id = row.organization_id = row.id;
    row.actor_name = TEXT("R\"D");
    row.organization_name = TEXT("Acme");
    row.targets = TEXT("[{\"id\":null,\"name\":null,\"type\":\"client\"}]");
    row.request_id = TEXT("r-1");
    row.address = TEXT("::1");
    row.user_agent = TEXT("curl\n");
    row.changes = TEXT("{\"name\":{\"after\":\"b\",\"before\":\"a\"}}");
    assert_json(&row, "{\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"sequence\":1,\"action\":\"client.created\","
                      "\"occurred_at\":\"2025-11-23T09:30:00.123456Z\",\"actor\":{\"type\":\"operator\","
                      "\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"name\":\"R\\\"D\","
                      "\"credential_id\":\"01234567-89ab-7cde-8f01-23456789abcd\"},"
                      "\"organization\":{\"id\":\"01234567-89ab-7cde-8f01-23456789abcd\",\"name\":\"Acme\"},"
                      "\"targets\":[{\"id\":null,\"name\":null,\"type\":\"client\"}],"
                      "\"context\":{\"request_id\":\"r-1\",\"address\":\"::1\",\"user_agent\":\"curl\\n\"},"
                      "\"changes\":{\"name\":{\"after\":\"b\",\"before\":\"a\"}},"
                      "\"count\":1,\"version\":1,\"hash\":\"" EVENT_FIXTURE_HASH "\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_an_event_lacks_is_null),
        cmocka_unit_test(test_all_that_an_event_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
