#include "fastcgi_output.h"

#include <errno.h>
#include <fastcgi.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The largest content that needs no padding to end at a multiple of eight bytes. */
#define CONTENT_BYTES ((size_t)65528)
#define RECORD_BYTES (sizeof(FCGI_Header) + CONTENT_BYTES)
#define RECORDS_AT_ONCE 8

/* What follows the last byte of an answer: the end of its stream, and that of the request. */
struct trailer {
    FCGI_Header end_of_stream;
    FCGI_EndRequestRecord end_of_request;
};

/* Some records, or their rest. */
struct pieces {
    FCGI_Header headers[RECORDS_AT_ONCE];
    struct trailer trailer;
    struct iovec parts[2 * RECORDS_AT_ONCE + 1];
    size_t count;
    size_t skip; /* bytes that were sent before */
};

static FCGI_Header make_header(int type, int request_id, size_t length)
{
    return (FCGI_Header){
        .version = FCGI_VERSION_1,
        .type = (unsigned char)type,
        .requestIdB1 = (unsigned char)(request_id >> 8),
        .requestIdB0 = (unsigned char)request_id,
        .contentLengthB1 = (unsigned char)(length >> 8),
        .contentLengthB0 = (unsigned char)length,
    };
}

static void add_part(struct pieces *pieces, void *start, size_t length)
{
    size_t skipped = pieces->skip < length ? pieces->skip : length;

    pieces->skip -= skipped;
    if (skipped < length)
        pieces->parts[pieces->count++] = (struct iovec){(char *)start + skipped, length - skipped};
}

/* Adds the records from number `first` on. Returns true if those are all that are left. */
static bool add_records(struct pieces *pieces, const struct fastcgi_output *output, const struct buf *answer)
{
    size_t first = output->sent / RECORD_BYTES;
    size_t at = first * CONTENT_BYTES;

    pieces->skip = output->sent % RECORD_BYTES;
    for (size_t i = 0; i < RECORDS_AT_ONCE && at < answer->length; i++) {
        size_t length = answer->length - at < CONTENT_BYTES ? answer->length - at : CONTENT_BYTES;

        pieces->headers[i] = make_header(FCGI_STDOUT, output->request_id, length);
        add_part(pieces, &pieces->headers[i], sizeof(pieces->headers[i]));
        add_part(pieces, answer->data + at, length);
        at += length;
    }
    return at >= answer->length;
}

static void add_trailer(struct pieces *pieces, const struct fastcgi_output *output)
{
    pieces->trailer = (struct trailer){
        .end_of_stream = make_header(FCGI_STDOUT, output->request_id, 0),
        .end_of_request.header = make_header(FCGI_END_REQUEST, output->request_id, sizeof(FCGI_EndRequestBody)),
        .end_of_request.body.protocolStatus = FCGI_REQUEST_COMPLETE,
    };
    add_part(pieces, &pieces->trailer, sizeof(pieces->trailer));
}

static size_t total_length(const struct fastcgi_output *output, const struct buf *answer)
{
    size_t records = (answer->length + CONTENT_BYTES - 1) / CONTENT_BYTES;

    return answer->length + records * sizeof(FCGI_Header) + (output->has_more ? 0 : sizeof(struct trailer));
}

int fastcgi_output_send(struct fastcgi_output *output, const struct buf *answer, int fd)
{
    while (output->sent < total_length(output, answer)) {
        struct pieces pieces = {.count = 0};
        struct msghdr message = {.msg_iov = pieces.parts};
        ssize_t sent;

        if (add_records(&pieces, output, answer) && !output->has_more)
            add_trailer(&pieces, output);
        message.msg_iovlen = pieces.count;
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return errno == EAGAIN ? 0 : -1;
        output->sent += sent < 0 ? 0 : (size_t)sent;
    }
    return 1;
}

void fastcgi_output_break(int fd)
{
    static const FCGI_Header no_record = {.version = UINT8_MAX, .type = UINT8_MAX};

    (void)!send(fd, &no_record, sizeof(no_record), MSG_DONTWAIT | MSG_NOSIGNAL);
}
