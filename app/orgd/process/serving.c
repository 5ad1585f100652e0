#include "serving.h"

#include <unistd.h>

#include "http/dispatch.h"
#include "process/memory_pages.h"

int serving_open(struct serving *serving)
{
    serving->head_fd = pages_make_file("head"); /* at once: no request shall leave a worker with more descriptors */
    /* libfcgi shall never accept a connection itself: it would wait on it. */
    return FCGX_Init() == 0 && FCGX_InitRequest(&serving->request, -1, 0) == 0 ? 0 : -1;
}

void serving_close(struct serving *serving)
{
    if (serving->head_fd >= 0)
        close(serving->head_fd);
}

static int read_stream(void *handle, char *out, int size)
{
    return FCGX_GetStr(out, size, handle);
}

/* The body of a request that came in pieces. */
struct body {
    const struct fastcgi_input *input;
    size_t read;
};

static int read_pieces(void *handle, char *out, int size)
{
    struct body *body = handle;
    size_t left = body->input->body.length - body->read;
    size_t length = left < (size_t)size ? left : (size_t)size;

    if (left == 0)
        return body->input->has_ended ? 0 : -1;
    memcpy(out, body->input->body.data + body->read, length);
    body->read += length;
    return (int)length;
}

/* Puts the head where libfcgi can read it. */
static bool write_head(struct serving *serving, const struct buf *head)
{
    if (serving->head_fd < 0)
        serving->head_fd = pages_make_file("head");
    return serving->head_fd >= 0 && ftruncate(serving->head_fd, 0) == 0 &&
           pwrite(serving->head_fd, head->data, head->length, 0) == (ssize_t)head->length &&
           lseek(serving->head_fd, 0, SEEK_SET) == 0;
}

/* Has libfcgi read what is in `fd`. It takes a descriptor that is given to it only if that looks like a connection
 * which the last request kept. If that is no request, it closes it; detached, it does so without waiting for the web
 * server. */
static bool read_head(FCGX_Request *request, int *fd)
{
    request->ipcFd = *fd;
    request->keepConnection = 1;
    FCGX_Detach(request);
    if (FCGX_Accept_r(request) < 0) {
        *fd = -1;
        return false;
    }
    return true;
}

static bool begin(struct serving *serving, struct connection *connection)
{
    if (!connection->is_in_pieces)
        return read_head(&serving->request, &connection->fd);
    return write_head(serving, &connection->input.head) && read_head(&serving->request, &serving->head_fd);
}

/* The answer has been sent without libfcgi. */
static void end(FCGX_Request *request)
{
    request->ipcFd = -1;
    FCGX_Free(request, 0);
}

int serving_serve(struct serving *serving, struct connection *connection, serving_answer *answer, void *handle)
{
    FCGX_Request *request = &serving->request;
    struct body body = {.input = &connection->input};
    struct http_body_source source = {.read = read_pieces, .handle = &body};
    struct exchange exchange;

    if (!begin(serving, connection))
        return -1;
    if (!connection->is_in_pieces)
        source = (struct http_body_source){.read = read_stream, .handle = request->in};
    connection->output = (struct fastcgi_output){.request_id = request->requestId};
    connection->is_kept = request->keepConnection != 0;
    exchange_begin(&exchange, &serving->service, request->envp, source);
    dispatch(&exchange);
    if (exchange.stream != NULL)
        stream_judge(exchange.stream, &exchange);
    connection->stream = exchange.stream;
    answer(handle, connection);
    exchange_end(&exchange);
    end(request);
    return 0;
}

void serving_go_on(struct serving *serving, struct stream *stream)
{
    struct fastcgi_input nothing = {.has_ended = true};
    struct body body = {.input = &nothing};
    struct exchange exchange;

    exchange_begin(&exchange, &serving->service, stream->environment,
                   (struct http_body_source){.read = read_pieces, .handle = &body});
    stream_resume(stream, &exchange);
    dispatch(&exchange);
    stream_judge(stream, &exchange);
    exchange_end(&exchange);
    stream->action = exchange.action;
}
