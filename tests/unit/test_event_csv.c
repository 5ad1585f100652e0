#include "domain/events/event_csv.h"

#include "event_fixture.h"
#include "unit.h"

#define HEADING                                                                                                        \
    "id,sequence,action,occurred_at,actor_type,actor_id,actor_name,actor_credential_id,organization_id,"               \
    "organization_name,targets,request_id,address,user_agent,changes,count,version,hash\r\n"
#define ID "01234567-89ab-7cde-8f01-23456789abcd"

static void assert_csv(const struct event_row *row, const char *expected)
{
    struct buf out;

    buf_init(&out, 10000);
    event_csv_write_heading(&out);
    event_csv_write(&out, row);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void test_what_an_event_lacks_is_empty(void **state)
{
    struct event_row row = smallest_event();

    (void)state;
    assert_csv(&row, HEADING ID
               ",1,client.created,2025-11-23T09:30:00.123456Z,operator,,,,,,[],,,,{},1,1," EVENT_FIXTURE_HASH "\r\n");
}

static void test_all_that_an_event_has(void **state)
{
    struct event_row row = smallest_event();

    (void)state;
    row.actor_id = row.actor_credential_id = row.organization_id = row.id;
    row.actor_name = TEXT("=R\"D");
    row.organization_name = TEXT("Acme, Ltd.");
    row.targets = TEXT("[{\"id\":null}]");
    row.request_id = TEXT("-1");
    row.address = TEXT("::1");
    row.user_agent = TEXT(" @x");
    row.changes = TEXT("{\"name\":{\"after\":\"=b\"}}");
    assert_csv(&row, HEADING ID ",1,client.created,2025-11-23T09:30:00.123456Z,operator," ID ",\"'=R\"\"D\"," ID "," ID
                                ",\"Acme, Ltd.\",\"[{\"\"id\"\":null}]\",\"'-1\",::1,\"' @x\","
                                "\"{\"\"name\"\":{\"\"after\"\":\"\"=b\"\"}}\",1,1," EVENT_FIXTURE_HASH "\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_an_event_lacks_is_empty),
        cmocka_unit_test(test_all_that_an_event_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
