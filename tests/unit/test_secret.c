
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/random.h"
#include "domain/access/secret.h"
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

static void test_random(void **state)
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

static void test_wipe(void **state)
{
    char memory[] = "0123456789";

    (void)state;
    memory_wipe(memory + 2, 5);
    assert_memory_equal(memory,
                        "01\0\0\0\0\0"
                        "789",
                        sizeof(memory));
}

static struct secret known_secret(void)
{
    uint8_t bytes[sizeof(struct secret)] = {0};
    struct secret secret;

    for (size_t at = 0; at < sizeof(bytes); at++)
        bytes[at] = (uint8_t)(0xff - 5 * at);
    memcpy(&secret, bytes, sizeof(secret));
    return secret;
}

static void test_format(void **state)
{
    struct secret secret = known_secret();
    char text[SECRET_TEXT_SIZE];

    (void)state;
    secret_format(SECRET_PREFIX_API_KEY, &secret, text);
    assert_int_equal(strlen(text), 71);
    assert_string_equal(text, "ORGKEY___r18Ovm4dzX0s3Iw765tK-qpaCblpGMh4J9eHNuaWRfWlVQS0ZBPDcyLSgjHhkU");
}

static void test_parse_reads_what_format_wrote(void **state)
{
    static const char *const prefixes[] = {SECRET_PREFIX_API_KEY, SECRET_PREFIX_PERSONAL_TOKEN};

    (void)state;
    for (int i = 0; i < 500; i++) {
        const char *prefix = prefixes[i % 2];
        const char *other = prefixes[1 - i % 2];
        struct secret secret;
        struct secret back;
        char text[SECRET_TEXT_SIZE];

        random_fill(&secret, sizeof(secret));
        secret_format(prefix, &secret, text);
        assert_true(secret_parse((struct text){text, sizeof(text) - 1}, prefix, &back));
        assert_memory_equal(&secret, &back, sizeof(secret));
        assert_false(secret_parse((struct text){text, sizeof(text) - 1}, other, &back));
    }
}

static void test_parse_refuses_other_lengths(void **state)
{
    struct secret secret = known_secret();
    char text[SECRET_TEXT_SIZE + 1];

    (void)state;
    secret_format(SECRET_PREFIX_API_KEY, &secret, text);
    text[SECRET_TEXT_SIZE - 1] = 'A';
    for (size_t length = 0; length <= SECRET_TEXT_SIZE; length++)
        assert_int_equal(secret_parse((struct text){text, length}, SECRET_PREFIX_API_KEY, &secret),
                         length == SECRET_TEXT_SIZE - 1);
    assert_false(secret_parse((struct text){NULL, 0}, SECRET_PREFIX_API_KEY, &secret));
}

/* Every byte in every place: only the 64 characters of base64url pass, and the prefix as it is. */
static void test_parse_refuses_other_bytes(void **state)
{
    struct secret secret = known_secret();
    char good[SECRET_TEXT_SIZE];

    (void)state;
    secret_format(SECRET_PREFIX_API_KEY, &secret, good);
    for (size_t at = 0; at < SECRET_TEXT_SIZE - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            bool in_alphabet = byte < 128 && (isalnum(byte) || byte == '-' || byte == '_');
            bool is_good = at < SECRET_PREFIX_LENGTH ? byte == good[at] : in_alphabet;
            char text[SECRET_TEXT_SIZE];

            memcpy(text, good, sizeof(text));
            text[at] = (char)byte;
            if (secret_parse((struct text){text, sizeof(text) - 1}, SECRET_PREFIX_API_KEY, &secret) != is_good)
                fail_msg("byte %d at %zu", byte, at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_equal_sees_every_bit),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse_reads_what_format_wrote),
        cmocka_unit_test(test_parse_refuses_other_lengths),
        cmocka_unit_test(test_parse_refuses_other_bytes),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
