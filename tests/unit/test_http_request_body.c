#include "base/text.h"
#include "unit.h"
#include "web/http_request.h"

/* A body that comes in pieces of a given size, and a failure of the connection at its end. */
struct pieces {
    size_t length;
    size_t piece;
    size_t given;
    bool fails;
};

static int read_piece(void *handle, char *out, int size)
{
    struct pieces *pieces = handle;
    size_t count = pieces->length - pieces->given;

    if (count == 0)
        return pieces->fails ? -1 : 0;
    if (count > pieces->piece)
        count = pieces->piece;
    if (count > (size_t)size)
        count = (size_t)size;
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('a' + (pieces->given + i) % 26);
    pieces->given += count;
    return (int)count;
}

static int read_body(struct arena *arena, const char *announced, struct pieces *pieces, size_t maximum,
                     struct text *out, struct error *err)
{
    char *environment[] = {arena_printf(arena, "CONTENT_LENGTH=%s", announced), NULL};
    struct http_request request;

    http_request_init(&request, arena, environment, (struct http_body_source){read_piece, pieces});
    return http_request_read_body(&request, maximum, out, err);
}

static void test_bodies_up_to_the_maximum(void **state)
{
    static const size_t lengths[] = {0, 1, 1023, 1024, 16383, 16384, 16385, 32768, 65535, 65536};
    static const size_t pieces[] = {1, 7, 8192, 1000000};

    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        for (size_t p = 0; p < ARRAY_LENGTH(pieces); p++) {
            for (int announce = 0; announce < 2; announce++) {
                struct pieces source = {.length = lengths[i], .piece = pieces[p]};
                const char *announced = announce == 1 ? arena_printf(*state, "%zu", lengths[i]) : "";
                struct error err = {.kind = ERR_NONE};
                struct text body;

                assert_case(read_body(*state, announced, &source, 65536, &body, &err) == 0, i, err.message);
                assert_int_equal(body.length, lengths[i]);
                for (size_t at = 0; at < body.length; at++)
                    assert_int_equal(body.data[at], 'a' + at % 26);
                assert_int_equal(body.data[body.length], '\0');
            }
        }
        arena_reset(*state);
    }
}

static void test_too_large_by_announcement_is_not_read(void **state)
{
    struct pieces source = {.length = 70000, .piece = 1000};
    struct error err;
    struct text body;

    assert_int_equal(read_body(*state, "65537", &source, 65536, &body, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
    assert_string_equal(err.message, "The request body is larger than the 65536 bytes allowed here.");
    assert_int_equal(source.given, 0);
}

/* A chunked body has no length; no more is read than needed to see that it is too large. */
static void test_too_large_without_announcement(void **state)
{
    static const char *const announcements[] = {"", "nonsense", "-5", "99999999999999999999", "10x"};

    for (size_t i = 0; i < ARRAY_LENGTH(announcements); i++) {
        struct pieces source = {.length = 100000000, .piece = 8192};
        struct error err;
        struct text body;

        assert_int_equal(read_body(*state, announcements[i], &source, 65536, &body, &err), -1);
        assert_int_equal(err.kind, ERR_TOO_LARGE);
        assert_true(source.given > 65536 && source.given <= 65536 + 65536);
    }
}

static void test_body_larger_than_announced(void **state)
{
    struct pieces source = {.length = 65537, .piece = 100};
    struct error err;
    struct text body;

    assert_int_equal(read_body(*state, "10", &source, 65536, &body, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
}

static void test_body_that_ends_early(void **state)
{
    struct pieces source = {.length = 50, .piece = 20};
    struct error err;
    struct text body;

    assert_int_equal(read_body(*state, "100", &source, 65536, &body, &err), -1);
    assert_int_equal(err.kind, ERR_VALIDATION);
    assert_string_equal(err.message, "The request body ended after 50 of 100 bytes.");
}

static void test_body_that_does_not_come_in_time(void **state)
{
    struct pieces source = {.length = 50, .piece = 20, .fails = true};
    struct error err;
    struct text body;

    assert_int_equal(read_body(*state, "100", &source, 65536, &body, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_SLOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_up_to_the_maximum),
        cmocka_unit_test(test_too_large_by_announcement_is_not_read),
        cmocka_unit_test(test_too_large_without_announcement),
        cmocka_unit_test(test_body_larger_than_announced),
        cmocka_unit_test(test_body_that_ends_early),
        cmocka_unit_test(test_body_that_does_not_come_in_time),
    };

    return cmocka_run_group_tests_name("http_request_body", tests, open_arena, close_arena);
}
