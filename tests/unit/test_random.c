#include "base/random.h"

#include "unit.h"

/* Shows: V6.2.1-6.3.1, V1.6.2. */
static void test_fill(void **state)
{
    uint8_t bytes[2][64];
    uint8_t guarded[3] = {0xaa, 0xaa, 0xaa};

    (void)state;
    random_fill(bytes[0], sizeof(bytes[0]));
    random_fill(bytes[1], sizeof(bytes[1]));
    assert_memory_not_equal(bytes[0], bytes[1], sizeof(bytes[0]));
    random_fill(guarded + 1, 0);
    assert_memory_equal(guarded, "\xaa\xaa\xaa", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
