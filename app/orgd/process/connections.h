/* The connections that a worker has accepted and that wait for their peer: for the rest of a request, for the next one,
 * or until more of an answer has been taken. Their number and their memory are bounded, so a worker may serve others
 * meanwhile, however many peers are slow. */
#ifndef ORGD_CONNECTIONS_H
#define ORGD_CONNECTIONS_H

#include "fastcgi_input.h"
#include "fastcgi_output.h"
#include "http/stream.h"

#define CONNECTIONS_MAX 256 /* of a worker; fewer, if half of its descriptors are fewer */

/* Requests that are not all there take up to this much memory in a worker. */
#define CONNECTIONS_INPUT_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* While answers that have not been taken need more than this, there are no further large ones. */
#define CONNECTIONS_ANSWER_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* While so many answers are being made in parts, or answers need more memory than this, there are no further ones. */
#define CONNECTIONS_STREAMS_MAX 8

enum connection_state {
    CONNECTION_CLOSED,
    CONNECTION_READING,   /* a request comes, or the web server may send another one */
    CONNECTION_ANSWERING, /* the web server takes the answer */
    CONNECTION_ENDING,    /* the answer has been sent before all of the request came; what still comes is dropped */
};

struct connection {
    enum connection_state state;
    int fd;
    int64_t due_us;      /* when it is given up; INT64_MAX: never */
    uint32_t events;     /* what epoll watches; 0: nothing yet */
    bool is_in_pieces;   /* the request did not come at once, and is in `input` */
    bool is_kept;        /* the web server will send another request (FCGI_KEEP_CONN) */
    size_t input_bytes;  /* what counts in connections.input_bytes, and */
    size_t answer_bytes; /* in connections.answer_bytes */
    struct fastcgi_input input;
    struct fastcgi_output output;
    struct buf answer;     /* while it waits to be taken */
    struct stream *stream; /* which `answer` is a part of; NULL: it is whole */
    bool is_ready;         /* for the next part of the stream to be made */
    int64_t made_us;       /* when the last one was */
};

struct connections {
    int epoll_fd;
    size_t count;
    size_t streams; /* how many of them send one */
    size_t maximum;
    size_t input_bytes;  /* memory of requests that are not all there */
    size_t answer_bytes; /* memory of answers that have not been taken */
    struct connection all[CONNECTIONS_MAX];
};

/* Prepares for connections that epoll watches. Half of the process's descriptors are left to the database and others.
 */
void connections_init(struct connections *connections, int epoll_fd);

/* Adds a connection that is being read. There must be room: `count` is below `maximum`. */
struct connection *connections_add(struct connections *connections, int fd, int64_t due_us);

/* Counts the stream that it has got, and which it owns. */
void connections_begin_stream(struct connections *connections, const struct connection *connection);

/* Ends that: `is_whole` says that everything has been sent. Does nothing without a stream. */
void connections_end_stream(struct connections *connections, struct connection *connection, bool is_whole);

/* Returns the connection that is ready for the next part of its stream and has waited longest, or NULL. */
struct connection *connections_ready(struct connections *connections);

/* Closes it and gives its memory back. Its stream, if there is one, has broken off. */
void connections_close(struct connections *connections, struct connection *connection);

/* Has epoll_wait() tell of these events: EPOLLIN or EPOLLOUT. Closes the connection if that fails. */
void connections_watch(struct connections *connections, struct connection *connection, uint32_t events);

/* Counts its memory anew. */
void connections_account(struct connections *connections, struct connection *connection);

/* Returns the connection that is given up first, or NULL if there is none. `in_pieces` asks for those only whose
 * request is not all there. */
struct connection *connections_first(struct connections *connections, bool in_pieces);

#endif
