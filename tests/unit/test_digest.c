#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static void assert_digest(struct digest digest, const char *hex)
{
    char text[65];

    for (size_t at = 0; at < sizeof(digest.bytes); at++)
        snprintf(text + 2 * at, 3, "%02x", digest.bytes[at]);
    assert_string_equal(text, hex);
}

/* FIPS 180-4's examples. */
static void test_digest(void **state)
{
    char *million = malloc(1000000);

    (void)state;
    memset(million, 'a', 1000000);
    assert_digest(digest_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest(digest_of(million, 1000000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void test_equal_sees_every_bit(void **state)
{
    struct digest a = digest_of("abc", 3);
    struct digest b = a;

    (void)state;
    assert_true(digest_equal(&a, &b));
    for (size_t bit = 0; bit < 256; bit++) {
        b = a;
        b.bytes[bit / 8] = (uint8_t)(b.bytes[bit / 8] ^ 1U << bit % 8);
        assert_case(!digest_equal(&a, &b), bit, "not seen");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_equal_sees_every_bit),
    };

    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
