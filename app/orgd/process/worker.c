#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "counting.h"
#include "process/confine.h"
#include "process/counters.h"
#include "process/slots.h"
#include "transfers.h"

/* At the end, a worker serves waiting connections for this long. It is shorter than the supervisor's wait, by the time
 * of any statement. */
#define DRAIN_US (5 * US_PER_S)

/* At the end, a worker looks this often whether it has been told to hurry. */
#define HURRY_US (US_PER_S / 10)

struct worker {
    struct transfers transfers;
    int epoll_fd; /* watches the socket, signal_fd and the connections */
    int signal_fd;
    int64_t enough_requests; /* before it is recycled */
    int64_t most_requests;   /* while it puts that off */
    bool is_pooled;
    bool is_told_to_end;
};

/* Signals */

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

/* Nobody reads the signals that end a worker, so they are still pending. */
static bool is_pending(int number)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, number) == 1;
}

/* True if the worker was told to drain. The signal may have come with the worker's last request. */
static bool is_to_drain(void)
{
    return is_pending(WORKER_DRAIN);
}

/* On a reload, slow peers have their time: others serve the socket. In all other cases somebody waits for the worker to
 * end. */
static bool is_to_hurry(const struct worker *worker)
{
    return !worker->is_told_to_end || is_to_drain() || is_pending(SIGINT) || is_pending(SIGUSR1) ||
           (!worker->is_pooled && is_pending(SIGTERM));
}

/* The loop */

/* Gives the database connection back in time. Returns how long to wait before asking again. */
static int64_t rest_database(const struct worker *worker)
{
    const struct service *service = &worker->transfers.serving.service;

    return db_rest(service->db, service->config->database_idle_timeout * US_PER_S);
}

/* How long nothing is due, the database's rest included. */
static int milliseconds_until_due(struct worker *worker, int64_t rest_us)
{
    const struct connection *first = connections_first(&worker->transfers.connections, false);
    int64_t wait_us = first == NULL ? INT64_MAX : first->due_us;

    if (wait_us != INT64_MAX)
        wait_us -= timestamp_monotonic_us();
    if (wait_us > rest_us)
        wait_us = rest_us;
    if (worker->transfers.is_ending && wait_us > HURRY_US)
        wait_us = HURRY_US;
    if (wait_us == INT64_MAX)
        return -1;
    return wait_us <= 0 ? 0 : (int)(wait_us / 1000 + 1);
}

/* Waits, and does what there is to do. Those who have waited come before new ones. A signal counts even if connections
 * keep arriving. Accepting without waiting would save nothing, although a busy worker nearly always finds a connection:
 * the kernel has already woken another worker for it. */
static void step(struct worker *worker)
{
    struct epoll_event events[64];
    int64_t rest_us = rest_database(worker);
    int count = epoll_wait(worker->epoll_fd, events, ARRAY_LENGTH(events), milliseconds_until_due(worker, rest_us));
    bool may_accept = false;

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &worker->signal_fd)
            worker->is_told_to_end = true;
        else if (events[i].data.ptr == worker)
            may_accept = true;
        else
            transfers_go_on(&worker->transfers, events[i].data.ptr);
    }
    transfers_make_part(&worker->transfers);
    transfers_give_up_due(&worker->transfers);
    /* A connection wakes one worker. If that is told to end at the same time, it is the only one that knows of it. On
     * draining the socket is shut down, and finish() takes what waits. */
    if (may_accept && (!worker->is_told_to_end || !is_to_drain()))
        transfers_accept(&worker->transfers);
}

/* True if another worker is to take the place of this one. It may be the only one at its socket, so slow peers put that
 * off for a while. */
static bool is_to_be_recycled(const struct worker *worker)
{
    const struct transfers *transfers = &worker->transfers;

    return transfers->served >= worker->enough_requests &&
           (transfers->connections.count == 0 || transfers->served >= worker->most_requests);
}

/* Serves until the worker has been told to end, is to be recycled, or cannot use the socket any more. */
static void serve_all(struct worker *worker)
{
    while (!worker->is_told_to_end && !worker->transfers.is_broken && !is_to_be_recycled(worker))
        step(worker);
}

/* The end */

/* True if nobody else may take what waits at the socket: it is shut down, or the worker leaves by itself and was
 * started by a web server, which gives each worker a socket of its own. Others may share it all the same, and clients
 * may keep coming, so this ends as well. */
static bool takes_what_waits(const struct worker *worker)
{
    return is_to_drain() ||
           (!worker->is_told_to_end && !worker->is_pooled && worker->transfers.served < worker->most_requests);
}

/* Finishes what the worker has accepted, and what waits at the socket if that is for this worker. */
static void finish(struct worker *worker)
{
    int64_t end_us = INT64_MAX;

    epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, worker->signal_fd, NULL);
    transfers_end_kept(&worker->transfers);
    for (;;) {
        int64_t now_us = timestamp_monotonic_us();

        if (end_us == INT64_MAX && is_to_hurry(worker))
            end_us = now_us + DRAIN_US;
        if (now_us >= end_us)
            break;
        if (takes_what_waits(worker) && transfers_accept(&worker->transfers))
            continue;
        if (worker->transfers.connections.count == 0)
            break;
        step(worker);
    }
    close(STDIN_FILENO); /* who comes from now on is told at once, and does not wait for the rest of the end */
    transfers_give_up_all(&worker->transfers);
}

/* The start */

bool worker_has_socket(void)
{
    int listening = 0;
    socklen_t length = sizeof(listening);

    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

static int watch(int epoll_fd, int fd, uint32_t events, void *mark)
{
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.ptr = mark});
}

/* Several workers wait on one socket. Each connection wakes one of them; if another worker is faster, accept() fails
 * instead of waiting. */
static int open_sources(struct worker *worker)
{
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    worker->signal_fd = open_signals();
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker->signal_fd < 0 || worker->epoll_fd < 0 || flags < 0 ||
        fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0 ||
        watch(worker->epoll_fd, STDIN_FILENO, EPOLLIN | EPOLLEXCLUSIVE, worker) < 0 ||
        watch(worker->epoll_fd, worker->signal_fd, EPOLLIN, &worker->signal_fd) < 0) {
        log_error("cannot wait for connections: %s", strerror(errno));
        return -1;
    }
    return 0;
}

/* Workers that started together should not end together: a web server that starts them has none then. */
static void set_end(struct worker *worker, const struct config *config)
{
    uint32_t random;

    worker->enough_requests = worker->most_requests = INT64_MAX;
    if (config->max_requests == 0)
        return;
    random_fill(&random, sizeof(random));
    worker->enough_requests = config->max_requests - (int64_t)(random % ((uint64_t)config->max_requests / 2 + 1));
    worker->most_requests = 2 * config->max_requests;
}

int worker_run(const struct config *config)
{
    static struct worker worker; /* large, for a stack */
    struct service *service = &worker.transfers.serving.service;
    static struct slots slots; /* the service refers to these */
    static struct shortage shortage;
    static struct hourly uses;
    struct error err;
    bool has_counters;
    bool is_broken;

    slots_open(&slots, config->database_option_file);
    shortage_open(&shortage, slots.fd);
    hourly_open(&uses, slots.fd);
    has_counters = counting_begin(config, COUNTER_WORKERS);
    if (confine(config->has_seccomp, config->log_directory, &err) < 0 || service_open(service, config, &err) < 0) {
        log_refusal(err.message);
        return 2;
    }
    service->hashing = &slots;
    service->uses = &uses;
    service->db_options.shortage = &shortage;
    service->has_counters = has_counters;
    if (open_sources(&worker) < 0 || transfers_open(&worker.transfers, worker.epoll_fd) < 0) {
        log_refusal("cannot serve the FastCGI socket");
        return 1;
    }
    log_take_stderr();
    set_end(&worker, config);
    worker.is_pooled = config->listen[0] != '\0';
    log_debug("worker ready");
    serve_all(&worker);
    is_broken = worker.transfers.is_broken; /* at the end nobody can connect, which is as it should be */
    finish(&worker);
    log_debug("worker done");
    transfers_close(&worker.transfers);
    close(worker.epoll_fd);
    close(worker.signal_fd);
    service_close(service);
    hourly_close(&uses);
    shortage_close(&shortage);
    slots_close(&slots);
    counters_close();
    return is_broken ? 1 : 0;
}
