#include "cgi.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "counting.h"
#include "db/db.h"
#include "http/dispatch.h"
#include "process/confine.h"
#include "process/counters.h"
#include "start.h"

/* The body, on standard input. */
struct input {
    bool has_length; /* the web server need not close it behind that; without, it will */
    long long left;
    int64_t due_us;
};

bool cgi_is_asked_for(void)
{
    return getenv("GATEWAY_INTERFACE") != NULL && getenv("REQUEST_METHOD") != NULL;
}

static struct input open_input(int64_t timeout_us)
{
    const char *length = getenv("CONTENT_LENGTH");
    bool has_length = length != NULL && length[0] != '\0';

    return (struct input){
        .has_length = has_length,
        .left = has_length ? strtoll(length, NULL, 10) : 0,
        .due_us = timestamp_monotonic_us() + timeout_us,
    };
}

static bool is_ready(int fd, short events, int64_t due_us)
{
    struct pollfd peer = {.fd = fd, .events = events};
    int64_t wait_us = due_us - timestamp_monotonic_us();

    return wait_us > 0 && poll(&peer, 1, (int)(wait_us / 1000) + 1) > 0;
}

static int read_input(void *handle, char *out, int size)
{
    struct input *input = handle;
    ssize_t got;

    if (input->has_length && input->left < size)
        size = (int)input->left;
    if (size <= 0)
        return 0;
    if (!is_ready(STDIN_FILENO, POLLIN, input->due_us))
        return -1;
    got = read(STDIN_FILENO, out, (size_t)size);
    if (got > 0)
        input->left -= got;
    return (int)got;
}

/* Takes what nobody has asked for: a web server that cannot get rid of a body may not read the answer (mod_cgid). */
static void drain(struct input *input)
{
    char block[8192];

    while (input->has_length && read_input(input, block, sizeof(block)) > 0)
        ;
}

/* A pipe that is ready takes as much as PIPE_BUF at once. Returns 0, or -1 with errno. */
static int write_piece(const char *data, size_t length, int64_t due_us, size_t *sent)
{
    ssize_t count;

    if (!is_ready(STDOUT_FILENO, POLLOUT, due_us)) {
        errno = ETIMEDOUT;
        return -1;
    }
    count = write(STDOUT_FILENO, data, length < PIPE_BUF ? length : PIPE_BUF);
    if (count < 0)
        return errno == EINTR ? 0 : -1;
    *sent += (size_t)count;
    return 0;
}

static void write_output(const struct buf *out, int64_t due_us)
{
    size_t sent = 0;

    while (sent < out->length)
        if (write_piece(out->data + sent, out->length - sent, due_us, &sent) < 0) {
            log_warning("the web server did not take the answer: %s", strerror(errno));
            return;
        }
}

/* While the web server waits for a slow client, the account's database connection is somebody else's. */
static void hand_over(struct service *service, struct input *input)
{
    bool is_late = timestamp_monotonic_us() >= input->due_us; /* the body: 408 */

    db_rest(service->db, 0);
    input->due_us = timestamp_monotonic_us() + service->config->transfer_timeout * US_PER_S;
    if (!is_late)
        drain(input);
    write_output(&service->out, input->due_us);
}

static void serve(struct service *service)
{
    struct input input = open_input(service->config->transfer_timeout * US_PER_S);
    struct http_body_source source = {.read = read_input, .handle = &input};
    struct exchange exchange;

    exchange_begin(&exchange, service, environ, source);
    dispatch(&exchange);
    hand_over(service, &input);
    exchange_end(&exchange);
}

int cgi_run(const struct config *config)
{
    struct shortage shortage;
    struct hourly uses;
    struct service service;
    struct slots slots;
    struct error err;
    bool has_counters;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* who has the whole answer waits for nothing else, and lighttpd says so by this */
    slots_open(&slots, config->database_option_file);
    shortage_open(&shortage, slots.fd);
    hourly_open(&uses, slots.fd);
    has_counters = counting_begin(config, COUNTER_WORKERS);
    if (confine(config->has_seccomp, config->log_directory, &err) < 0 || service_open(&service, config, &err) < 0)
        return start_refuse(config, false, err.message);
    log_take_stderr();
    service.hashing = &slots;
    service.uses = &uses;
    service.db_options.shortage = &shortage;
    service.has_counters = has_counters;
    service.gateway = "CGI";
    service.collects = true;
    serve(&service);
    service_close(&service);
    hourly_close(&uses);
    shortage_close(&shortage);
    slots_close(&slots);
    counters_close();
    return 0;
}
