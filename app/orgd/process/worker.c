#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "deadline.h"
#include "fastcgi_output.h"
#include "http/dispatch.h"
#include "http/service.h"
#include "process/confine.h"

/* A Unix socket takes more than this before a writer has to wait. */
#define ANSWER_BUFFERED_BYTES ((size_t)64 * 1024)

/* At the end, a worker serves waiting connections for this long. It is shorter than the supervisor's wait, by the time
 * of any statement. */
#define DRAIN_US (5 * US_PER_S)

/* Blocks the signals that end a worker, so that they never interrupt a request. Returns the descriptor where they wait;
 * -1 with errno. */
static int open_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, WORKER_DRAIN};
    sigset_t signals;

    sigemptyset(&signals);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        signal(numbers[i], SIG_DFL); /* an ignored signal would not wait */
        sigaddset(&signals, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

bool worker_has_socket(void)
{
    int listening = 0;
    socklen_t length = sizeof(listening);

    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

/* Where the next request comes from, or the order to end. */
struct source {
    int signal_fd;
    int epoll_fd;       /* watches the socket and signal_fd */
    int64_t silence_us; /* how long a connection may stay silent; 0: libfcgi limits it */
};

static int watch(int epoll_fd, int fd, uint32_t events)
{
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.fd = fd});
}

/* Several workers wait on one socket. Each connection wakes one of them; if another worker is faster, accept() fails
 * instead of waiting. */
static int source_open(struct source *out)
{
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    out->signal_fd = open_signals();
    out->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (out->signal_fd < 0 || out->epoll_fd < 0 || flags < 0 || fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0 ||
        watch(out->epoll_fd, STDIN_FILENO, EPOLLIN | EPOLLEXCLUSIVE) < 0 ||
        watch(out->epoll_fd, out->signal_fd, EPOLLIN) < 0) {
        log_error("cannot wait for connections: %s", strerror(errno));
        return -1;
    }
    return 0;
}

static void source_close(struct source *source)
{
    close(source->epoll_fd);
    close(source->signal_fd);
}

/* The body of a request. It must come in time. */
struct input {
    FCGX_Stream *stream;
    int64_t timeout_us;
    int64_t due_us; /* 0 until the first read */
};

static int read_input(void *handle, char *out, int size)
{
    struct input *input = handle;
    int64_t now_us = timestamp_monotonic_us();
    int length;

    if (FCGX_HasSeenEOF(input->stream) == EOF)
        return 0;
    if (input->due_us == 0)
        input->due_us = now_us + input->timeout_us;
    if (input->due_us <= now_us)
        return -1;
    deadline_start(input->due_us - now_us);
    length = FCGX_GetStr(out, size, input->stream);
    return deadline_stop() && length < size ? -1 : length;
}

/* True if everything that the web server sent has been read. If nobody read the body, do not wait for it. */
static bool is_input_used_up(FCGX_Request *request)
{
    const char *length = FCGX_GetParam("CONTENT_LENGTH", request->envp);
    bool has_no_body = (length == NULL || length[0] == '\0' || strcmp(length, "0") == 0) &&
                       FCGX_GetParam("HTTP_TRANSFER_ENCODING", request->envp) == NULL;

    if (FCGX_GetError(request->in) != 0)
        return false;
    return FCGX_HasSeenEOF(request->in) == EOF || (has_no_body && FCGX_GetChar(request->in) == EOF);
}

/* libfcgi closes in four steps and waits for the web server to close first. Otherwise unread input could turn the close
 * into a reset, which could overtake the answer. Without unread input a simple close is enough: libfcgi calls that
 * "detach". */
static void send_answer(const struct buf *answer, FCGX_Request *request)
{
    fastcgi_output(request, answer);
    if (is_input_used_up(request))
        FCGX_Detach(request);
    FCGX_Finish_r(request);
}

static void serve(struct service *service, FCGX_Request *request)
{
    int64_t timeout_us = service->config->transfer_timeout * US_PER_S;
    struct input input = {.stream = request->in, .timeout_us = timeout_us};
    struct exchange exchange;
    bool may_block;

    exchange_begin(&exchange, service, request->envp, (struct http_body_source){.read = read_input, .handle = &input});
    dispatch(&exchange);
    may_block = service->out.length > ANSWER_BUFFERED_BYTES;
    if (may_block)
        deadline_start(timeout_us);
    send_answer(&service->out, request);
    if (may_block && deadline_stop())
        log_warning("the web server did not take the answer of %zu bytes in time", service->out.length);
    exchange_end(&exchange);
}

/* Workers that started together should not all end together. */
static int64_t requests_until_recycled(const struct config *config)
{
    uint32_t random;

    if (config->max_requests == 0)
        return INT64_MAX;
    random_fill(&random, sizeof(random));
    return config->max_requests - (int64_t)(random % ((uint64_t)config->max_requests / 10 + 1));
}

/* Waits on the connection that the web server asked to keep (FCGI_KEEP_CONN). */
static int wait_on_kept(const struct source *source, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = source->signal_fd, .events = POLLIN}};

    return poll(fds, ARRAY_LENGTH(fds), -1) < 0 ? -1 : fds[1].revents == 0;
}

static int wait_on_socket(const struct source *source)
{
    struct epoll_event events[2];
    int count = epoll_wait(source->epoll_fd, events, ARRAY_LENGTH(events), -1);

    for (int i = 0; i < count; i++)
        if (events[i].data.fd == source->signal_fd)
            return 0;
    return count;
}

/* Waits. Returns 1 when there may be a request, 0 when the worker has been told to end, -1 with errno. A signal counts
 * even if connections keep arriving. Accepting without waiting would save nothing, although a busy worker nearly always
 * finds a connection: the kernel has already woken another worker for it. */
static int wait_for_request(const struct source *source, const FCGX_Request *request)
{
    int kept_fd = request->ipcFd; /* libfcgi offers no function for this */
    int ready;

    do
        ready = kept_fd >= 0 ? wait_on_kept(source, kept_fd) : wait_on_socket(source);
    while (ready < 0 && errno == EINTR);
    return ready;
}

/* At a Unix socket libfcgi itself limits the silence of a client. A port is open to everybody on the host, so limit it
 * here. */
static bool is_port(void)
{
    struct sockaddr address = {0};
    socklen_t length = sizeof(address);

    return getsockname(STDIN_FILENO, &address, &length) == 0 && address.sa_family != AF_UNIX;
}

static int accept_request(const struct source *source, FCGX_Request *request)
{
    int accepted;

    if (source->silence_us > 0)
        deadline_start(source->silence_us);
    accepted = FCGX_Accept_r(request);
    if (source->silence_us > 0)
        deadline_stop();
    return accepted;
}

/* Returns 0 when the worker has been told to end or has served its number of requests, -1 when the socket cannot be
 * used any more. */
static int serve_all(struct service *service, FCGX_Request *request, const struct source *source)
{
    int64_t remaining = requests_until_recycled(service->config);

    while (remaining > 0) {
        int ready = wait_for_request(source, request);
        int accepted;

        if (ready <= 0)
            return ready;
        accepted = accept_request(source, request);
        if (accepted >= 0) {
            serve(service, request);
            remaining--;
        } else if (accepted != -EAGAIN) {
            return -1; /* -EAGAIN: another worker took the connection, or the web server gave it up */
        }
    }
    return 0;
}

/* True if the worker was told to drain. Nobody reads the signals that end a worker, so they are still pending; one may
 * have come with the worker's last request. */
static bool is_to_drain(void)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, WORKER_DRAIN) == 1;
}

/* Serves the connections that wait. From now on it keeps no connection, and does not wait for a kept one. */
static void drain(struct service *service, FCGX_Request *request, const struct source *source)
{
    int64_t end_us = timestamp_monotonic_us() + DRAIN_US;

    FCGX_Free(request, 1);
    FCGX_InitRequest(request, STDIN_FILENO, 0);
    while (timestamp_monotonic_us() < end_us && accept_request(source, request) >= 0) {
        request->keepConnection = 0;
        serve(service, request);
    }
}

int worker_run(const struct config *config)
{
    struct service service;
    FCGX_Request request;
    struct source source;
    struct error err;
    int result;

    if (confine(config->has_seccomp, &err) < 0 || service_open(&service, config, &err) < 0) {
        log_error("%s", err.message);
        return 2;
    }
    if (source_open(&source) < 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, STDIN_FILENO, 0) != 0) {
        log_error("cannot serve the FastCGI socket");
        return 1;
    }
    source.silence_us = is_port() ? config->transfer_timeout * US_PER_S : 0;
    deadline_init();
    log_debug("worker ready");
    result = serve_all(&service, &request, &source);
    if (is_to_drain())
        drain(&service, &request, &source);
    log_debug("worker done");
    FCGX_Free(&request, 1);
    source_close(&source);
    service_close(&service);
    return result < 0 ? 1 : 0;
}
