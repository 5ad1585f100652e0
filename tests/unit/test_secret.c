#include "domain/access/secret.h"

#include <ctype.h>

#include "base/random.h"
#include "unit.h"

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
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse_reads_what_format_wrote),
        cmocka_unit_test(test_parse_refuses_other_lengths),
        cmocka_unit_test(test_parse_refuses_other_bytes),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
