#include "fastcgi_output.h"

#include <fastcgi.h>
#include <sys/uio.h>

#include "base/base.h"

/* libfcgi writes in pieces of 8 KiB. The last piece also takes the records that end the request. */
#define LEFT_TO_LIBRARY ((size_t)4096)
/* The largest content that needs no padding to end at a multiple of eight bytes. */
#define RECORD_BYTES ((size_t)65528)

/* Writes all of the pieces, however much the system takes at a time. A deadline (deadline.h) ends it as EINTR. */
static bool write_all(int fd, struct iovec *pieces, int count)
{
    while (count > 0) {
        ssize_t written = writev(fd, pieces, count);

        if (written < 0)
            return false;
        for (; count > 0 && (size_t)written >= pieces->iov_len; pieces++, count--)
            written -= (ssize_t)pieces->iov_len;
        if (count > 0) {
            pieces->iov_base = (char *)pieces->iov_base + written;
            pieces->iov_len -= (size_t)written;
        }
    }
    return true;
}

static bool write_record(const FCGX_Request *request, char *content, size_t length)
{
    FCGI_Header header = {
        .version = FCGI_VERSION_1,
        .type = FCGI_STDOUT,
        .requestIdB1 = (unsigned char)(request->requestId >> 8),
        .requestIdB0 = (unsigned char)request->requestId,
        .contentLengthB1 = (unsigned char)(length >> 8),
        .contentLengthB0 = (unsigned char)length,
    };
    struct iovec pieces[] = {
        {.iov_base = &header, .iov_len = sizeof(header)},
        {.iov_base = content, .iov_len = length},
    };

    return write_all(request->ipcFd, pieces, ARRAY_LENGTH(pieces));
}

void fastcgi_output(FCGX_Request *request, const struct buf *out)
{
    char *at = out->data;
    size_t rest = out->length;

    while (rest > 2 * LEFT_TO_LIBRARY) {
        size_t length = rest - LEFT_TO_LIBRARY < RECORD_BYTES ? rest - LEFT_TO_LIBRARY : RECORD_BYTES;

        if (!write_record(request, at, length))
            return; /* the web server has gone, or is too slow; libfcgi will notice that too */
        at += length;
        rest -= length;
    }
    FCGX_PutStr(at, (int)rest, request->out);
}
