/* What a web server sends: the bytes of one connection, records good or bad, through the worker's own transfers and the
 * installed libfcgi. What comes back must be records again, which carry the responses as they were made. The number of
 * bytes decides whether they come at once, in two pieces, or only half of them in time. */
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/un.h>

#include "checked_dispatch.h"
#include "fake_db.h"
#include "fuzz.h"
#include "world.h"

static void noted_dispatch(struct exchange *exchange);

#define exchange_begin checked_begin
#define dispatch noted_dispatch
#define exchange_end checked_end
#include "app/orgd/process/serving.c"
#undef exchange_begin
#undef dispatch
#undef exchange_end

/* Nobody waits for what will not come. */
#define poll(fds, count, timeout) ((void)(fds), 0)
#include "app/orgd/process/transfers.c"
#undef poll

#define OUTPUT_MAXIMUM ((size_t)64 * 1024 * 1024)
#define HEADER_BYTES 8

enum record { END_REQUEST = 3, STDOUT = 6, STDERR = 7, GET_VALUES_RESULT = 10, UNKNOWN_TYPE = 11 };

static struct transfers transfers;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;

/* libfcgi's own weaknesses, which only who may write to the socket can use. An assertion ends the worker when a
 * parameter is announced that is longer than there is memory; the pool would replace it. And each management record of
 * an unknown type costs 48 bytes for good. */

static jmp_buf no_memory;
static bool has_ended; /* the worker, in such an assertion, or since it was told to */

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    if (strstr(file, "fcgiapp.c") != NULL && strcmp(function, "Malloc") == 0) {
        has_ended = true;
        longjmp(no_memory, 1);
    }
    fprintf(stderr, "%s:%u: %s: %s\n", file, line, function, assertion);
    abort();
}

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi";
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=64"; /* gigabytes take long, even if nobody fills them */
}

/* The web server: its connection, and all that came back over it. */
static struct {
    int fd;
    struct buf output;
    struct buf responses; /* as dispatch() made them */
} client;

/* Takes what has come back so far. */
static void receive(void)
{
    char block[16384];
    ssize_t length;

    while ((length = recv(client.fd, block, sizeof(block), MSG_DONTWAIT)) > 0)
        buf_add(&client.output, block, (size_t)length);
}

/* Nobody reads while the worker writes: one answer fits into the socket's buffers, several would wait for ever. */
static void noted_dispatch(struct exchange *exchange)
{
    receive();
    checked_dispatch(exchange);
    buf_add(&client.responses, exchange->service->out.data, exchange->service->out.length);
}

/* A socket that listens as file descriptor 0, under an address in no file system. */
static void listen_as_worker(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    address_length = (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 +
                     (socklen_t)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "fuzz-%d", (int)getpid());
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, address_length) != 0 || listen(fd, 8) != 0 ||
        dup2(fd, STDIN_FILENO) < 0 || close(fd) != 0)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    (void)argc;
    (void)argv;
    checked_open(&transfers.serving.service, world_open());
    buf_init(&client.output, OUTPUT_MAXIMUM);
    buf_init(&client.responses, OUTPUT_MAXIMUM);
    listen_as_worker();
    if (epoll_fd < 0 || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) < 0 || transfers_open(&transfers, epoll_fd) != 0)
        abort();
    return 0;
}

static void open_client(void)
{
    buf_reset(&client.output, OUTPUT_MAXIMUM);
    buf_reset(&client.responses, OUTPUT_MAXIMUM);
    client.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client.fd < 0 || connect(client.fd, (struct sockaddr *)&address, address_length) != 0)
        abort();
}

/* The worker may have closed the connection. */
static void send_bytes(const uint8_t *data, size_t size)
{
    ssize_t sent = send(client.fd, data, size, MSG_NOSIGNAL);

    assert(sent == (ssize_t)size || (sent < 0 && errno == EPIPE));
}

/* Does what can be done now. */
static void go_on_all(void)
{
    struct epoll_event event;

    receive();
    while (transfers.connections.count > 0 && epoll_wait(transfers.connections.epoll_fd, &event, 1, 0) == 1) {
        transfers_go_on(&transfers, event.data.ptr);
        receive();
    }
}

static void forget_all(void)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (transfers.connections.all[i].state != CONNECTION_CLOSED)
            connections_close(&transfers.connections, &transfers.connections.all[i]);
}

/* What comes late does not come at all. */
static void serve_pieces(const uint8_t *data, size_t size)
{
    size_t first = size % 2 == 0 ? size : size / 2;
    bool is_late = size % 4 == 3;

    send_bytes(data, first);
    transfers_accept(&transfers);
    go_on_all();
    if (is_late) {
        has_ended = true;
        transfers_give_up_all(&transfers);
        return;
    }
    send_bytes(data + first, size - first);
    shutdown(client.fd, SHUT_WR);
    go_on_all();
    assert(transfers.connections.count == 0);
}

static void serve_what_is_there(const uint8_t *data, size_t size)
{
    FCGX_Request *request = &transfers.serving.request;

    has_ended = false;
    if (setjmp(no_memory) != 0) {
        /* The connection or the head's memory is that of the table, which closes it. */
        request->ipcFd = -1;
        FCGX_Free(request, 0);
        forget_all();
    } else {
        serve_pieces(data, size);
    }
    assert(transfers.connections.count == 0 && transfers.connections.input_bytes == 0 &&
           transfers.connections.answer_bytes == 0);
}

/* The records, one behind the other; what their STDOUT carries goes to `out`. */
static void read_records(const struct buf *output, struct buf *out)
{
    size_t at = 0;

    while (at < output->length) {
        const unsigned char *header = (const unsigned char *)output->data + at;
        size_t length;

        assert(output->length - at >= HEADER_BYTES && header[0] == 1);
        length = (size_t)header[4] << 8 | header[5];
        at += HEADER_BYTES;
        if (has_ended && output->length - at < length + header[6])
            return; /* as much as the socket took */
        assert(output->length - at >= length + header[6]);
        if (header[1] == STDOUT)
            buf_add(out, output->data + at, length);
        else
            assert(header[1] == END_REQUEST || header[1] == STDERR || header[1] == GET_VALUES_RESULT ||
                   header[1] == UNKNOWN_TYPE);
        at += length + header[6];
    }
}

/* A worker that ended may have kept an answer to itself. */
static void check_output(void)
{
    struct buf carried;

    buf_init(&carried, OUTPUT_MAXIMUM);
    read_records(&client.output, &carried);
    assert(carried.length == client.responses.length || (has_ended && carried.length < client.responses.length));
    assert(carried.length == 0 || memcmp(carried.data, client.responses.data, carried.length) == 0);
    buf_release(&carried);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_db_script(TEXT(""), TEXT(""), timestamp_now());
    open_client();
    serve_what_is_there(data, size);
    receive();
    close(client.fd);
    check_output();
    return 0;
}
