#include "transfers.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "process/counters.h"

/* libfcgi reads as much at a time. So what has been seen to be whole leaves nothing in the socket. */
#define READ_BYTES 8192

/* Web servers send a request in several writes, some microseconds apart. A worker waits for them for this long, before
 * it looks for others. */
#define FRESH_US (US_PER_S / 1000)

/* If an answer has overtaken the end of its request, the web server gets this long to close the connection first:
 * otherwise unread input could turn the close into a reset, which could overtake the answer. */
#define ENDING_US (2 * US_PER_S)

/* More than this is a large answer. A Unix socket takes as much before a writer has to wait. */
#define ANSWER_LARGE_BYTES ((size_t)64 * 1024)

/* Answers */

static void end_answer(struct transfers *transfers, struct connection *connection)
{
    struct connections *connections = &transfers->connections;

    connections_end_stream(connections, connection, true);
    buf_release(&connection->answer);
    connections_account(connections, connection);
    if (connection->is_in_pieces && !connection->input.has_ended) {
        shutdown(connection->fd, SHUT_WR);
        connection->state = CONNECTION_ENDING;
        connection->due_us = timestamp_monotonic_us() + ENDING_US;
        connections_watch(connections, connection, EPOLLIN);
    } else if (connection->is_kept && !transfers->is_ending) {
        connection->state = CONNECTION_READING;
        connection->is_in_pieces = false;
        connection->due_us = INT64_MAX;
        connections_watch(connections, connection, EPOLLIN);
    } else {
        connections_close(connections, connection);
    }
}

/* Lets the web server take the rest of the answer when it likes to. */
static void keep_answer(struct transfers *transfers, struct connection *connection)
{
    struct buf *out = &transfers->serving.service.out;

    connection->answer = *out;
    buf_init(out, connection->answer.maximum);
    connections_account(&transfers->connections, connection);
    connection->state = CONNECTION_ANSWERING;
    connection->due_us = timestamp_monotonic_us() + transfers->timeout_us;
    connections_watch(&transfers->connections, connection, EPOLLOUT);
}

static bool is_measured(const struct connection *connection)
{
    return connection->stream != NULL && connection->stream->state == STREAM_IS_MEASURED;
}

static void answer(void *handle, struct connection *connection)
{
    struct transfers *transfers = handle;
    int sent = 0;

    connections_begin_stream(&transfers->connections, connection);
    fastcgi_input_release(&connection->input);
    if (!is_measured(connection))
        sent = fastcgi_output_send(&connection->output, &transfers->serving.service.out, connection->fd);
    if (sent == 0)
        keep_answer(transfers, connection);
    else if (sent < 0)
        connections_close(&transfers->connections, connection);
    else
        end_answer(transfers, connection);
}

/* The reader is not late until it has got another part to take. */
static void await_part(struct connection *connection)
{
    connection->is_ready = true;
    connection->due_us = INT64_MAX;
}

/* Sends what there is. If a part of a stream has been sent, or cannot be yet, the next one is made in its turn. */
static void go_on_answering(struct transfers *transfers, struct connection *connection)
{
    int sent =
        is_measured(connection) ? 1 : fastcgi_output_send(&connection->output, &connection->answer, connection->fd);

    if (sent < 0)
        connections_close(&transfers->connections, connection);
    else if (sent > 0 && connection->stream != NULL && !connection->stream->is_over)
        await_part(connection);
    else if (sent > 0)
        end_answer(transfers, connection);
}

/* Streams */

static bool has_left(int fd)
{
    struct pollfd peer = {.fd = fd};

    return poll(&peer, 1, 0) > 0 && (peer.revents & (POLLHUP | POLLERR)) != 0;
}

/* Sends what the service has made. The buffers change places, so that the memory of both is used again. */
static void send_part(struct transfers *transfers, struct connection *connection)
{
    struct buf *out = &transfers->serving.service.out;
    struct buf part = *out;

    *out = connection->answer;
    connection->answer = part;
    connection->output = (struct fastcgi_output){
        .request_id = connection->output.request_id,
        .has_more = !connection->stream->is_over,
    };
    connection->due_us = timestamp_monotonic_us() + transfers->timeout_us;
    connections_account(&transfers->connections, connection);
    go_on_answering(transfers, connection);
}

static void make_part(struct transfers *transfers, struct connection *connection)
{
    struct stream *stream = connection->stream;

    connection->is_ready = false;
    connection->made_us = timestamp_monotonic_us();
    serving_go_on(&transfers->serving, stream);
    if (stream->state == STREAM_BEGINS)
        stream_begin(stream, &connection->answer, &transfers->serving.service.out);
    if (stream->state == STREAM_IS_MEASURED) {
        await_part(connection);
    } else if (stream->state == STREAM_BREAKS) {
        fastcgi_output_break(connection->fd);
        connections_close(&transfers->connections, connection);
    } else {
        send_part(transfers, connection);
    }
}

void transfers_make_part(struct transfers *transfers)
{
    struct connection *connection = connections_ready(&transfers->connections);

    if (connection == NULL)
        return;
    if (has_left(connection->fd))
        connections_close(&transfers->connections, connection);
    else
        make_part(transfers, connection);
}

/* Requests */

static void serve(struct transfers *transfers, struct connection *connection)
{
    struct service *service = &transfers->serving.service;
    bool is_full = transfers->connections.answer_bytes > CONNECTIONS_ANSWER_BYTES_MAX;

    service->answer_maximum = is_full ? ANSWER_LARGE_BYTES : SIZE_MAX;
    service->may_stream = !is_full && transfers->connections.streams < CONNECTIONS_STREAMS_MAX;
    if (serving_serve(&transfers->serving, connection, answer, transfers) < 0)
        connections_close(&transfers->connections, connection);
    else
        transfers->served++;
}

/* The time of the connection is over. */
static void give_up(struct transfers *transfers, struct connection *connection)
{
    counters_add(COUNTER_TRANSFERS_GIVEN_UP, 1);
    if (connection->state == CONNECTION_READING && connection->is_in_pieces && connection->input.has_head) {
        serve(transfers, connection);
        return;
    }
    if (connection->state == CONNECTION_ANSWERING)
        log_warning("the web server did not take the answer of %zu bytes in time", connection->answer.length);
    connections_close(&transfers->connections, connection);
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Takes the next piece of a request. If all of them need too much memory, gives up those that have waited longest. */
static void add_piece(struct transfers *transfers, struct connection *connection, const char *data, size_t length)
{
    struct connections *connections = &transfers->connections;
    enum fastcgi_progress progress = fastcgi_input_add(&connection->input, data, length);

    connections_account(connections, connection);
    if (progress == FASTCGI_WHOLE)
        serve(transfers, connection);
    else if (progress == FASTCGI_BROKEN)
        connections_close(connections, connection);
    while (connections->input_bytes > CONNECTIONS_INPUT_BYTES_MAX)
        give_up(transfers, connections_first(connections, true));
}

/* Looks at what has come without taking it. A request that is all there is left to libfcgi. */
static void look(struct transfers *transfers, struct connection *connection, const char *block, size_t length)
{
    if (fastcgi_input_is_whole(block, length)) {
        serve(transfers, connection);
        return;
    }
    fastcgi_input_init(&connection->input, (size_t)transfers->serving.service.config->max_body);
    connection->is_in_pieces = true;
    if (connection->due_us == INT64_MAX)
        connection->due_us = timestamp_monotonic_us() + transfers->timeout_us;
}

/* Reads what is there, and serves the request if that was its end. */
static void read_request(struct transfers *transfers, struct connection *connection)
{
    char block[READ_BYTES];
    ssize_t length = recv(connection->fd, block, sizeof(block), connection->is_in_pieces ? 0 : MSG_PEEK);

    if (length > 0 && connection->is_in_pieces)
        add_piece(transfers, connection, block, (size_t)length);
    else if (length > 0)
        look(transfers, connection, block, (size_t)length);
    else if (length == 0 || !would_block())
        connections_close(&transfers->connections, connection);
}

/* Drops what comes after the answer. */
static void drop_input(struct transfers *transfers, struct connection *connection)
{
    char block[READ_BYTES];
    ssize_t length = recv(connection->fd, block, sizeof(block), 0);

    if (length == 0 || (length < 0 && !would_block()))
        connections_close(&transfers->connections, connection);
}

void transfers_go_on(struct transfers *transfers, struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_READING:
        read_request(transfers, connection);
        break;
    case CONNECTION_ANSWERING:
        go_on_answering(transfers, connection);
        break;
    case CONNECTION_ENDING:
        drop_input(transfers, connection);
        break;
    case CONNECTION_CLOSED:
        break; /* it was given up after epoll_wait() had told of it */
    }
}

/* New connections */

/* Reads a request. What is not there in a moment is left to epoll. */
static void read_fresh(struct transfers *transfers, struct connection *connection)
{
    struct pollfd readable = {.fd = connection->fd, .events = POLLIN};
    int64_t end_us = connection->due_us - transfers->timeout_us + FRESH_US;

    do {
        read_request(transfers, connection);
        if (connection->state != CONNECTION_READING || connection->events != 0)
            return;
    } while (timestamp_monotonic_us() < end_us && poll(&readable, 1, 1) > 0);
    connections_watch(&transfers->connections, connection, EPOLLIN);
}

/* Returns true if the error concerns one connection, or another worker was faster. */
static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO;
}

bool transfers_accept(struct transfers *transfers)
{
    struct connections *connections = &transfers->connections;
    int on = 1;
    int fd;

    while (connections->count >= connections->maximum)
        give_up(transfers, connections_first(connections, false));
    fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && connections->count > 0)
        give_up(transfers, connections_first(connections, false));
    else if (fd < 0)
        transfers->is_broken = !is_passing(errno);
    if (fd < 0)
        return false;
    if (transfers->is_at_port)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    read_fresh(transfers, connections_add(connections, fd, timestamp_monotonic_us() + transfers->timeout_us));
    return true;
}

void transfers_give_up_due(struct transfers *transfers)
{
    struct connection *first = connections_first(&transfers->connections, false);
    int64_t now_us = first == NULL ? 0 : timestamp_monotonic_us();

    for (; first != NULL && first->due_us <= now_us; first = connections_first(&transfers->connections, false))
        give_up(transfers, first);
}

void transfers_end_kept(struct transfers *transfers)
{
    struct connections *connections = &transfers->connections;

    transfers->is_ending = true;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *connection = &connections->all[i];

        if (connection->state == CONNECTION_READING && connection->due_us == INT64_MAX)
            connections_close(connections, connection);
    }
}

void transfers_give_up_all(struct transfers *transfers)
{
    struct connections *connections = &transfers->connections;

    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (connections->all[i].state == CONNECTION_READING)
            give_up(transfers, &connections->all[i]);
        if (connections->all[i].is_ready)
            fastcgi_output_break(connections->all[i].fd);
        if (connections->all[i].state != CONNECTION_CLOSED)
            connections_close(connections, &connections->all[i]);
    }
}

static bool is_port(void)
{
    struct sockaddr address = {0};
    socklen_t length = sizeof(address);

    return getsockname(STDIN_FILENO, &address, &length) == 0 && address.sa_family != AF_UNIX;
}

int transfers_open(struct transfers *transfers, int epoll_fd)
{
    connections_init(&transfers->connections, epoll_fd);
    transfers->timeout_us = transfers->serving.service.config->transfer_timeout * US_PER_S;
    transfers->is_at_port = is_port();
    return serving_open(&transfers->serving);
}

void transfers_close(struct transfers *transfers)
{
    serving_close(&transfers->serving);
}
