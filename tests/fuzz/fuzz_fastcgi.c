/* What a web server sends: the bytes of one connection, records good or bad, through the installed libfcgi into the
 * worker's own loop. What comes back must be records again, which carry the responses as they were made. */
#include <assert.h>
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
/* Its loop is nobody else's business. */
#include "app/orgd/process/worker.c"
#undef exchange_begin
#undef dispatch
#undef exchange_end

/* Nobody makes the worker wait here, and libFuzzer needs the process's one timer for itself. */

void deadline_init(void)
{
}

void deadline_start(int64_t after_us)
{
    assert(after_us > 0);
}

bool deadline_stop(void)
{
    return false;
}

#define OUTPUT_MAXIMUM ((size_t)64 * 1024 * 1024)
#define HEADER_BYTES 8

enum record { END_REQUEST = 3, STDOUT = 6, STDERR = 7, GET_VALUES_RESULT = 10, UNKNOWN_TYPE = 11 };

static struct service service;
static FCGX_Request request;
static struct source source;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;

/* libfcgi's own weaknesses, which only who may write to the socket can use. An assertion ends the worker when a
 * parameter is announced that is longer than there is memory; the pool would replace it. And each management record of
 * an unknown type costs 48 bytes for good. */

static jmp_buf no_memory;
static bool has_ended; /* the worker, in such an assertion */

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

/* As source_open(), but libFuzzer has the signals. In their place stands that the connection has ended, on both sides,
 * which an epoll instance tells that waits for nothing else. */
static void open_source(void)
{
    source.signal_fd = epoll_create1(EPOLL_CLOEXEC);
    source.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (source.signal_fd < 0 || source.epoll_fd < 0 || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) < 0 ||
        watch(source.epoll_fd, STDIN_FILENO, EPOLLIN) < 0 || watch(source.epoll_fd, source.signal_fd, EPOLLIN) < 0)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    checked_open(&service, world_open());
    buf_init(&client.output, OUTPUT_MAXIMUM);
    buf_init(&client.responses, OUTPUT_MAXIMUM);
    listen_as_worker();
    open_source();
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, STDIN_FILENO, 0) != 0)
        abort();
    return 0;
}

/* Sends the input and no more. */
static void connect_and_send(const uint8_t *data, size_t size)
{
    buf_reset(&client.output, OUTPUT_MAXIMUM);
    buf_reset(&client.responses, OUTPUT_MAXIMUM);
    client.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client.fd < 0 || connect(client.fd, (struct sockaddr *)&address, address_length) != 0 ||
        write(client.fd, data, size) != (ssize_t)size || shutdown(client.fd, SHUT_WR) != 0 ||
        watch(source.signal_fd, client.fd, 0) < 0)
        abort();
}

/* Until the worker has closed the connection, or does not come to accept it. */
static void serve_what_is_there(void)
{
    int forgotten;

    signal(SIGPIPE, SIG_IGN);
    has_ended = false;
    if (setjmp(no_memory) == 0)
        assert(serve_all(&service, &request, &source) == 0);
    FCGX_Free(&request, 1);
    if (FCGX_InitRequest(&request, STDIN_FILENO, 0) != 0)
        abort();
    /* The next input must not find this one's connection. */
    while ((forgotten = accept(STDIN_FILENO, NULL, NULL)) >= 0)
        close(forgotten);
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
    connect_and_send(data, size);
    serve_what_is_there();
    receive();
    close(client.fd);
    check_output();
    return 0;
}
