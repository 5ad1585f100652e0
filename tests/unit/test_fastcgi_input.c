#include "app/orgd/process/fastcgi_input.h"

#include "unit.h"

#define BODY_MAXIMUM 16

#define RECORD(type, id, length, padding) "\1" type "\0" id "\0" length padding "\0"
#define BEGIN RECORD("\1", "\1", "\10", "\0") "\0\1\0\0\0\0\0\0"
#define PARAMS(length, text) RECORD("\4", "\1", length, "\0") text
#define STDIN(length, text) RECORD("\5", "\1", length, "\0") text
#define END_OF_PARAMS PARAMS("\0", "")
#define END_OF_STDIN STDIN("\0", "")
#define HEAD BEGIN PARAMS("\6", "\1\3aSET") END_OF_PARAMS

/* A request, and what there is to know about it. */
static const struct sample {
    const char *name;
    const char *data;
    size_t length;
    enum fastcgi_progress progress;
    const char *body;
    bool has_ended;
} samples[] = {
#define SAMPLE(name, data, progress, body, has_ended)                                                                  \
    {                                                                                                                  \
        name, data, sizeof(data) - 1, progress, body, has_ended                                                        \
    }
    SAMPLE("no body", HEAD END_OF_STDIN, FASTCGI_WHOLE, "", true),
    SAMPLE("a body", HEAD STDIN("\3", "abc") END_OF_STDIN, FASTCGI_WHOLE, "abc", true),
    SAMPLE("in records", HEAD STDIN("\1", "a") STDIN("\2", "bc") END_OF_STDIN, FASTCGI_WHOLE, "abc", true),
    SAMPLE("padded", HEAD RECORD("\5", "\1", "\3", "\2") "abc??" RECORD("\5", "\1", "\0", "\3") "???", FASTCGI_WHOLE,
           "abc", true),
    SAMPLE("of others", HEAD RECORD("\5", "\2", "\3", "\0") "xyz" STDIN("\1", "a") END_OF_STDIN, FASTCGI_WHOLE, "a",
           true),
    SAMPLE("management", RECORD("\11", "\0", "\1", "\0") "?" HEAD END_OF_STDIN, FASTCGI_WHOLE, "", true),
    SAMPLE("too large", HEAD STDIN("\21", "0123456789abcdefg"), FASTCGI_WHOLE, "0123456789abcdefg", false),
    SAMPLE("without end", HEAD STDIN("\3", "abc"), FASTCGI_PARTIAL, "abc", false),
    SAMPLE("cut", HEAD STDIN("\3", "ab"), FASTCGI_PARTIAL, "ab", false),
    SAMPLE("no head", BEGIN PARAMS("\6", "\1\3aSET"), FASTCGI_PARTIAL, "", false),
    SAMPLE("nothing", "", FASTCGI_PARTIAL, "", false),
    SAMPLE("begun twice", BEGIN BEGIN, FASTCGI_BROKEN, "", false),
    SAMPLE("a body first", BEGIN STDIN("\1", "a"), FASTCGI_BROKEN, "", false),
    SAMPLE("parameters after the body", HEAD END_OF_PARAMS, FASTCGI_BROKEN, "", false),
    SAMPLE("given up", HEAD RECORD("\2", "\1", "\0", "\0"), FASTCGI_BROKEN, "", false),
    SAMPLE("no FastCGI", "GET / HTTP/1.1\r\n\r\n", FASTCGI_BROKEN, "", false),
};

static enum fastcgi_progress add(struct fastcgi_input *input, const struct sample *sample, size_t piece)
{
    enum fastcgi_progress progress = FASTCGI_PARTIAL;

    for (size_t at = 0; at < sample->length && progress == FASTCGI_PARTIAL; at += piece)
        progress =
            fastcgi_input_add(input, sample->data + at, sample->length - at < piece ? sample->length - at : piece);
    return progress;
}

static bool holds(const struct fastcgi_input *input, const char *body)
{
    return input->body.length == strlen(body) && memcmp(input->body.data, body, strlen(body)) == 0;
}

static void test_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
        for (size_t piece = 1; piece <= samples[i].length + 1; piece++) {
            struct fastcgi_input input;

            fastcgi_input_init(&input, BODY_MAXIMUM);
            assert_case(add(&input, &samples[i], piece) == samples[i].progress, i, samples[i].name);
            assert_case(samples[i].body[0] == '\0' || holds(&input, samples[i].body), i, samples[i].name);
            assert_case(input.has_ended == samples[i].has_ended, i, samples[i].name);
            assert_case(!input.has_ended || input.head.length == sizeof(HEAD) - 1, i, samples[i].name);
            assert_case(!input.has_ended || memcmp(input.head.data, HEAD, sizeof(HEAD) - 1) == 0, i, samples[i].name);
            fastcgi_input_release(&input);
        }
    }
}

/* A request that has ended is whole once its last byte is there. */
static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
        assert_case(fastcgi_input_is_whole(samples[i].data, samples[i].length) == samples[i].has_ended, i,
                    samples[i].name);
        for (size_t length = 0; length < samples[i].length; length++)
            assert_case(!fastcgi_input_is_whole(samples[i].data, length), i, samples[i].name);
    }
}

static void test_a_head_has_a_limit(void **state)
{
    static const char parameters[] = "\1\4\0\1\377\377\0\0";
    static char content[65535];
    struct fastcgi_input input;
    enum fastcgi_progress progress;

    (void)state;
    fastcgi_input_init(&input, BODY_MAXIMUM);
    progress = fastcgi_input_add(&input, BEGIN, sizeof(BEGIN) - 1);
    for (size_t i = 0; i <= FASTCGI_HEAD_BYTES_MAX / sizeof(content) && progress == FASTCGI_PARTIAL; i++) {
        fastcgi_input_add(&input, parameters, sizeof(parameters) - 1);
        progress = fastcgi_input_add(&input, content, sizeof(content));
        assert_true(fastcgi_input_size(&input) <= FASTCGI_HEAD_BYTES_MAX + 1);
    }
    assert_int_equal(progress, FASTCGI_BROKEN);
    fastcgi_input_release(&input);
    assert_int_equal(fastcgi_input_size(&input), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_of_any_size),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_a_head_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
