#include "connections.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "process/counters.h"

void connections_init(struct connections *connections, int epoll_fd)
{
    struct rlimit descriptors;
    bool are_few = getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_cur / 2 < CONNECTIONS_MAX;

    connections->epoll_fd = epoll_fd;
    connections->maximum = are_few ? (size_t)descriptors.rlim_cur / 2 + 1 : CONNECTIONS_MAX;
}

static void tell(const struct connections *connections)
{
    counters_set(COUNTER_TRANSFERS, (int64_t)connections->count);
    counters_set(COUNTER_STREAMS, (int64_t)connections->streams);
    counters_set(COUNTER_TRANSFER_REQUEST_BYTES, (int64_t)connections->input_bytes);
    counters_set(COUNTER_TRANSFER_ANSWER_BYTES, (int64_t)connections->answer_bytes);
}

struct connection *connections_add(struct connections *connections, int fd, int64_t due_us)
{
    struct connection *connection = connections->all;

    assert(connections->count < connections->maximum);
    while (connection->state != CONNECTION_CLOSED)
        connection++;
    connections->count++;
    tell(connections);
    *connection = (struct connection){.state = CONNECTION_READING, .fd = fd, .due_us = due_us};
    return connection;
}

void connections_begin_stream(struct connections *connections, const struct connection *connection)
{
    connections->streams += connection->stream != NULL;
    tell(connections);
}

void connections_end_stream(struct connections *connections, struct connection *connection, bool is_whole)
{
    if (connection->stream == NULL)
        return;
    stream_close(connection->stream, is_whole);
    connection->stream = NULL;
    connection->is_ready = false;
    connections->streams--;
    tell(connections);
}

struct connection *connections_ready(struct connections *connections)
{
    struct connection *ready = NULL;

    for (size_t i = 0; i < CONNECTIONS_MAX && connections->streams > 0; i++) {
        struct connection *connection = &connections->all[i];

        if (connection->is_ready && (ready == NULL || connection->made_us < ready->made_us))
            ready = connection;
    }
    return ready;
}

void connections_close(struct connections *connections, struct connection *connection)
{
    connections_end_stream(connections, connection, false);
    if (connection->fd >= 0)
        close(connection->fd);
    fastcgi_input_release(&connection->input);
    buf_release(&connection->answer);
    connections_account(connections, connection);
    connections->count--;
    tell(connections);
    connection->state = CONNECTION_CLOSED;
}

void connections_watch(struct connections *connections, struct connection *connection, uint32_t events)
{
    int operation = connection->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    struct epoll_event event = {.events = events, .data.ptr = connection};

    if (connection->events == events)
        return;
    connection->events = events;
    if (epoll_ctl(connections->epoll_fd, operation, connection->fd, &event) == 0)
        return;
    log_error("cannot wait for the web server: %s", strerror(errno));
    connections_close(connections, connection);
}

void connections_account(struct connections *connections, struct connection *connection)
{
    size_t input_bytes = fastcgi_input_size(&connection->input);

    connections->input_bytes += input_bytes - connection->input_bytes;
    connections->answer_bytes += connection->answer.size - connection->answer_bytes;
    connection->input_bytes = input_bytes;
    connection->answer_bytes = connection->answer.size;
    tell(connections);
}

static bool is_asked_for(const struct connection *connection, bool in_pieces)
{
    if (in_pieces)
        return connection->state == CONNECTION_READING && connection->is_in_pieces;
    return connection->state != CONNECTION_CLOSED;
}

struct connection *connections_first(struct connections *connections, bool in_pieces)
{
    struct connection *first = NULL;

    for (size_t i = 0; i < CONNECTIONS_MAX && connections->count > 0; i++) {
        struct connection *connection = &connections->all[i];

        if (is_asked_for(connection, in_pieces) && (first == NULL || connection->due_us < first->due_us))
            first = connection;
    }
    return first;
}
