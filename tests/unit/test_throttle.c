#include "domain/access/throttle.h"

#include "base/digest.h"
#include "base/text.h"
#include "unit.h"

static struct throttle of(struct arena *arena, const char *address)
{
    struct call *call = arena_zalloc(arena, sizeof(*call));
    struct throttle throttle;

    call->arena = arena;
    throttle_init(&throttle, call);
    throttle_add_address(&throttle, THROTTLE_SIGN_IN_ADDRESS, address);
    return throttle;
}

/* How many networks two addresses share. */
static size_t shared(struct arena *arena, const char *a, const char *b)
{
    struct throttle one = of(arena, a);
    struct throttle other = of(arena, b);
    size_t count = 0;

    assert_int_equal(one.count, other.count);
    for (size_t i = 0; i < one.count; i++)
        count += digest_equal(&one.buckets[i].digest, &other.buckets[i].digest);
    return count;
}

static void test_an_ipv4_address_has_one_bucket(void **state)
{
    static const char *const same[] = {"192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"};

    for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
        assert_case(of(*state, same[i]).count == 1, i, same[i]);
        assert_case(shared(*state, same[0], same[i]) == 1, i, same[i]);
    }
    assert_int_equal(shared(*state, "192.0.2.1", "192.0.2.2"), 0);
    assert_int_equal(shared(*state, "::ffff:192.0.2.1", "::ffff:192.0.2.2"), 0);
}

/* Who has a wider network has no more than its allowance. */
static void test_an_ipv6_address_counts_for_three_networks(void **state)
{
    struct throttle throttle = of(*state, "2001:db8:1:203:4::5");

    assert_int_equal(throttle.count, 3);
    assert_true(throttle.buckets[0].free_attempts > throttle.buckets[1].free_attempts);
    assert_true(throttle.buckets[1].free_attempts > throttle.buckets[2].free_attempts);
    assert_int_equal(shared(*state, "2001:db8:1:203:4::5", "2001:db8:1:203:9:9:9:9"), 3);
    assert_int_equal(shared(*state, "2001:db8:1:203:4::5", "2001:db8:1:204:4::5"), 2);
    assert_int_equal(shared(*state, "2001:db8:1:203:4::5", "2001:db8:1:303:4::5"), 1);
    assert_int_equal(shared(*state, "2001:db8:1:203:4::5", "2001:db8:2:203:4::5"), 0);
    assert_int_equal(shared(*state, "fe80::1%eth0", "fe80::1"), 3);
}

static void test_what_is_no_address(void **state)
{
    assert_int_equal(of(*state, NULL).count, 1);
    assert_int_equal(of(*state, "").count, 1);
    assert_int_equal(of(*state, "unix:").count, 1);
    assert_int_equal(shared(*state, NULL, "unix:"), 0);
}

static void test_network(void **state)
{
    assert_text_equal(throttle_network(*state, "192.0.2.1"), "192.0.2.1");
    assert_text_equal(throttle_network(*state, "::ffff:192.0.2.1"), "192.0.2.1");
    assert_text_equal(throttle_network(*state, "2001:db8:1:203:4::5"), "2001:db8:1::/48");
    assert_text_equal(throttle_network(*state, NULL), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_ipv4_address_has_one_bucket),
        cmocka_unit_test(test_an_ipv6_address_counts_for_three_networks),
        cmocka_unit_test(test_what_is_no_address),
        cmocka_unit_test(test_network),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
