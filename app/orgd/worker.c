#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "deadline.h"
#include "dispatch.h"
#include "fastcgi_output.h"
#include "service.h"

/* A Unix socket takes more than that before it makes a writer wait. */
#define ANSWER_BUFFERED_BYTES ((size_t)64 * 1024)

/* A signal is let in after that time at the latest, or when the request in hand is done. */
#define SIGNALS_WAIT_US (US_PER_S / 10)

static volatile sig_atomic_t is_stopping;

static void stop(int signal_number)
{
    (void)signal_number;
    is_stopping = 1;
}

/* The signals that end a worker stay blocked, so that they never cut into a request, and are let in while it waits for
 * a connection. `waiting` gets the mask for that. */
static void catch_signals(sigset_t *waiting)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
    struct sigaction action = {.sa_handler = stop};
    sigset_t blocked;

    sigprocmask(SIG_SETMASK, NULL, waiting);
    blocked = *waiting;
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++) {
        sigaction(signals[i], &action, NULL);
        sigaddset(&blocked, signals[i]);
        sigdelset(waiting, signals[i]);
    }
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

bool worker_has_socket(void)
{
    int listening = 0;
    socklen_t length = sizeof(listening);

    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

/* Several workers wait on one socket: each connection wakes one of them, and if another is faster, accept() says so
 * instead of waiting. Returns the epoll instance, or -1. */
static int watch_socket(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0 || flags < 0 || fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0 ||
        epoll_ctl(fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0) {
        log_error("cannot wait for connections: %s", strerror(errno));
        return -1;
    }
    return fd;
}

/* The body of a request, which has to come in time. */
struct input {
    FCGX_Stream *stream;
    int64_t timeout_us;
    int64_t due_us; /* 0 until somebody reads */
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

/* True if all that the web server sent has been read. What has a body that nobody read is not waited for. */
static bool is_input_used_up(FCGX_Request *request)
{
    const char *length = FCGX_GetParam("CONTENT_LENGTH", request->envp);
    bool has_no_body = (length == NULL || length[0] == '\0' || strcmp(length, "0") == 0) &&
                       FCGX_GetParam("HTTP_TRANSFER_ENCODING", request->envp) == NULL;

    if (FCGX_GetError(request->in) != 0)
        return false;
    return FCGX_HasSeenEOF(request->in) == EOF || (has_no_body && FCGX_GetChar(request->in) == EOF);
}

/* libfcgi closes in four steps and waits for the web server to close first, so that no unread input turns the close
 * into a reset, which could overtake the answer. Without unread input it may simply close: detached, in its words. */
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
    bool may_block;

    dispatch(service, request->envp, (struct http_body_source){.read = read_input, .handle = &input});
    may_block = service->out.length > ANSWER_BUFFERED_BYTES;
    if (may_block)
        deadline_start(timeout_us);
    send_answer(&service->out, request);
    if (may_block && deadline_stop())
        log_warning("the web server did not take the answer of %zu bytes in time", service->out.length);
    dispatch_finish(service);
}

/* Workers that started together need not stop together. */
static int64_t requests_until_recycled(const struct config *config)
{
    uint32_t random;

    if (config->max_requests == 0)
        return INT64_MAX;
    secret_random(&random, sizeof(random));
    return config->max_requests - (int64_t)(random % ((uint64_t)config->max_requests / 10 + 1));
}

/* Where the next request comes from. */
struct source {
    int epoll_fd;
    sigset_t waiting;  /* the signals that stay blocked while the worker waits */
    int64_t waited_us; /* when it last did */
    bool is_busy;      /* the last look for a connection found one */
};

/* Waits for the next request: on the connection that the web server asked to keep (FCGI_KEEP_CONN), or for a new one,
 * which a busy worker just tries to accept, as long as signals are let in now and then. Returns 1 when there may be a
 * request, 0 when a signal came first, -1 with errno. */
static int wait_for_request(struct source *source, const FCGX_Request *request)
{
    struct pollfd kept = {.fd = request->ipcFd, .events = POLLIN}; /* libfcgi has no other way to ask for it */
    int64_t now_us = timestamp_monotonic_us();
    struct epoll_event event;
    int ready;

    if (source->is_busy && kept.fd < 0 && now_us - source->waited_us < SIGNALS_WAIT_US)
        return 1;
    source->waited_us = now_us;
    ready = kept.fd >= 0 ? ppoll(&kept, 1, NULL, &source->waiting)
                         : epoll_pwait(source->epoll_fd, &event, 1, -1, &source->waiting);
    return ready < 0 && errno == EINTR ? 0 : ready;
}

/* libfcgi sees to it that who connects to a Unix socket says something. A port is open to everybody on the host. */
static bool is_port(void)
{
    struct sockaddr address = {0};
    socklen_t length = sizeof(address);

    return getsockname(STDIN_FILENO, &address, &length) == 0 && address.sa_family != AF_UNIX;
}

static int accept_request(FCGX_Request *request, int64_t timeout_us)
{
    int accepted;

    if (timeout_us > 0)
        deadline_start(timeout_us);
    accepted = FCGX_Accept_r(request);
    if (timeout_us > 0)
        deadline_stop();
    return accepted;
}

/* Returns 0 when the worker has been told to end or has served its share, -1 when the socket is of no use any more. */
static int serve_all(struct service *service, FCGX_Request *request, struct source *source)
{
    int64_t remaining = requests_until_recycled(service->config);
    int64_t timeout_us = is_port() ? service->config->transfer_timeout * US_PER_S : 0;

    while (remaining > 0) {
        int ready = wait_for_request(source, request);
        int accepted;

        if (is_stopping)
            return 0;
        if (ready < 0)
            return -1;
        if (ready == 0)
            continue;
        accepted = accept_request(request, timeout_us);
        source->is_busy = accepted >= 0;
        if (accepted >= 0) {
            serve(service, request);
            remaining--;
        } else if (accepted != -EAGAIN) {
            return -1; /* else another worker took the connection, or the web server gave it up */
        }
    }
    return 0;
}

int worker_run(const struct config *config)
{
    struct service service;
    FCGX_Request request;
    struct source source = {.is_busy = false};
    struct error err;
    int result;

    if (confine(config->has_seccomp, &err) < 0 || service_open(&service, config, &err) < 0) {
        log_error("%s", err.message);
        return 2;
    }
    source.epoll_fd = watch_socket();
    if (source.epoll_fd < 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, STDIN_FILENO, 0) != 0) {
        log_error("the FastCGI socket cannot be served");
        return 1;
    }
    catch_signals(&source.waiting);
    deadline_init();
    log_debug("worker ready");
    result = serve_all(&service, &request, &source);
    log_debug("worker done");
    FCGX_Free(&request, 1);
    close(source.epoll_fd);
    service_close(&service);
    return result < 0 ? 1 : 0;
}
