#include "cgi.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "http/dispatch.h"
#include "process/confine.h"
#include "start.h"

/* The body, on standard input. */
struct input {
    long long left; /* the web server need not close it behind that; LLONG_MAX: it says no length, and will */
    int64_t due_us;
};

bool cgi_is_asked_for(void)
{
    return getenv("GATEWAY_INTERFACE") != NULL && getenv("REQUEST_METHOD") != NULL;
}

/* A body whose length nobody says ends with the input. */
static long long announced_length(void)
{
    const char *length = getenv("CONTENT_LENGTH");

    return length == NULL || length[0] == '\0' ? LLONG_MAX : strtoll(length, NULL, 10);
}

static bool is_readable(int64_t due_us)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t wait_us = due_us - timestamp_monotonic_us();

    return wait_us > 0 && poll(&input, 1, (int)(wait_us / 1000) + 1) > 0;
}

static int read_input(void *handle, char *out, int size)
{
    struct input *input = handle;
    ssize_t got;

    if (input->left < size)
        size = (int)input->left;
    if (size <= 0)
        return 0;
    if (!is_readable(input->due_us))
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

    while (input->left != LLONG_MAX && read_input(input, block, sizeof(block)) > 0)
        ;
}

static void write_output(const struct buf *out)
{
    size_t sent = 0;

    while (sent < out->length) {
        ssize_t count = write(STDOUT_FILENO, out->data + sent, out->length - sent);

        if (count < 0 && errno != EINTR) {
            log_warning("the web server did not take the answer: %s", strerror(errno));
            return;
        }
        sent += count < 0 ? 0 : (size_t)count;
    }
}

static void serve(struct service *service)
{
    struct input input = {
        .left = announced_length(),
        .due_us = timestamp_monotonic_us() + service->config->transfer_timeout * US_PER_S,
    };
    struct http_body_source source = {.read = read_input, .handle = &input};
    struct exchange exchange;

    exchange_begin(&exchange, service, environ, source);
    dispatch(&exchange);
    drain(&input);
    write_output(&service->out);
    exchange_end(&exchange);
}

int cgi_run(const struct config *config)
{
    struct shortage shortage;
    struct service service;
    struct slots slots;
    struct error err;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* who has the whole answer waits for nothing else, and lighttpd says so by this */
    slots_open(&slots, config->database_option_file);
    shortage_open(&shortage, slots.fd);
    if (confine(config->has_seccomp, config->log_directory, &err) < 0 || service_open(&service, config, &err) < 0)
        return start_refuse(config, false, err.message);
    log_take_stderr();
    service.hashing = &slots;
    service.db_options.shortage = &shortage;
    service.gateway = "CGI";
    serve(&service);
    service_close(&service);
    shortage_close(&shortage);
    slots_close(&slots);
    return 0;
}
