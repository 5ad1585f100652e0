#include "app/orgd/process/fastcgi_output.h"

#include <fastcgi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define REQUEST_ID 258

/* Two ends of a connection that takes little at a time. */
static void connect_ends(int ends[2])
{
    int size = 4096;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
}

static void fill(struct buf *answer, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buf_add_char(answer, (char)(i * 7 % 251));
}

/* Takes what is there. */
static void take(int fd, struct buf *out)
{
    char block[1000];
    ssize_t length;

    while ((length = recv(fd, block, sizeof(block), MSG_DONTWAIT)) > 0)
        buf_add(out, block, (size_t)length);
}

/* What the records carry. The last two end the stream and the request. */
static void read_records(const struct buf *records, struct buf *out)
{
    int last_type = 0;
    size_t last_length = 1;

    for (size_t at = 0; at < records->length;) {
        const unsigned char *header = (const unsigned char *)records->data + at;
        size_t length = (size_t)header[4] << 8 | header[5];

        assert_int_equal(header[0], FCGI_VERSION_1);
        assert_int_equal(header[2] << 8 | header[3], REQUEST_ID);
        assert_int_equal(header[6], 0);
        at += FCGI_HEADER_LEN + length;
        assert_true(at <= records->length);
        if (header[1] == FCGI_STDOUT)
            buf_add(out, header + FCGI_HEADER_LEN, length);
        else
            assert_true(header[1] == FCGI_END_REQUEST && at == records->length && last_type == FCGI_STDOUT &&
                        last_length == 0);
        last_type = header[1];
        last_length = length;
    }
    assert_int_equal(last_type, FCGI_END_REQUEST);
}

static void test_an_answer_of_any_length_arrives(void **state)
{
    static const size_t lengths[] = {0, 1, 100, 65527, 65528, 65529, 131056, 589753, 1000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        struct fastcgi_output output = {.request_id = REQUEST_ID};
        CLEANUP(buf_release) struct buf answer;
        CLEANUP(buf_release) struct buf records;
        CLEANUP(buf_release) struct buf carried;
        int ends[2];
        int sent;

        buf_init(&answer, SIZE_MAX / 2);
        buf_init(&records, SIZE_MAX / 2);
        buf_init(&carried, SIZE_MAX / 2);
        fill(&answer, lengths[i]);
        connect_ends(ends);
        do {
            sent = fastcgi_output_send(&output, &answer, ends[0]);
            take(ends[1], &records);
        } while (sent == 0);
        assert_int_equal(sent, 1);
        read_records(&records, &carried);
        assert_int_equal(carried.length, answer.length);
        if (answer.length > 0)
            assert_memory_equal(carried.data, answer.data, answer.length);
        close(ends[0]);
        close(ends[1]);
    }
}

static void test_a_web_server_may_leave(void **state)
{
    struct fastcgi_output output = {.request_id = REQUEST_ID};
    CLEANUP(buf_release) struct buf answer;
    int ends[2];

    (void)state;
    buf_init(&answer, SIZE_MAX / 2);
    fill(&answer, 1000000);
    connect_ends(ends);
    assert_int_equal(fastcgi_output_send(&output, &answer, ends[0]), 0);
    close(ends[1]);
    assert_int_equal(fastcgi_output_send(&output, &answer, ends[0]), -1);
    close(ends[0]);
}

/* Only the last part ends the request. */
static void test_an_answer_in_parts(void **state)
{
    static const size_t lengths[] = {100000, 0, 65528, 1};
    CLEANUP(buf_release) struct buf all;
    CLEANUP(buf_release) struct buf records;
    CLEANUP(buf_release) struct buf carried;
    int ends[2];

    (void)state;
    buf_init(&all, SIZE_MAX / 2);
    buf_init(&records, SIZE_MAX / 2);
    buf_init(&carried, SIZE_MAX / 2);
    connect_ends(ends);
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        struct fastcgi_output output = {.request_id = REQUEST_ID, .has_more = i + 1 < ARRAY_LENGTH(lengths)};
        CLEANUP(buf_release) struct buf part;

        buf_init(&part, SIZE_MAX / 2);
        fill(&part, lengths[i]);
        buf_add(&all, part.data, part.length);
        while (fastcgi_output_send(&output, &part, ends[0]) == 0)
            take(ends[1], &records);
        take(ends[1], &records);
    }
    read_records(&records, &carried);
    assert_int_equal(carried.length, all.length);
    assert_memory_equal(carried.data, all.data, all.length);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_broken_answer_has_no_end(void **state)
{
    struct fastcgi_output output = {.request_id = REQUEST_ID, .has_more = true};
    CLEANUP(buf_release) struct buf part;
    CLEANUP(buf_release) struct buf records;
    const unsigned char *after;
    int ends[2];

    (void)state;
    buf_init(&part, SIZE_MAX / 2);
    buf_init(&records, SIZE_MAX / 2);
    fill(&part, 8);
    connect_ends(ends);
    assert_int_equal(fastcgi_output_send(&output, &part, ends[0]), 1);
    fastcgi_output_break(ends[0]);
    take(ends[1], &records);
    assert_int_equal(records.length, FCGI_HEADER_LEN + 8 + FCGI_HEADER_LEN);
    after = (const unsigned char *)records.data + FCGI_HEADER_LEN + 8;
    assert_int_not_equal(after[0], FCGI_VERSION_1);
    close(ends[1]);
    fastcgi_output_break(ends[0]); /* the web server has left: nothing happens */
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_of_any_length_arrives),
        cmocka_unit_test(test_a_web_server_may_leave),
        cmocka_unit_test(test_an_answer_in_parts),
        cmocka_unit_test(test_a_broken_answer_has_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
