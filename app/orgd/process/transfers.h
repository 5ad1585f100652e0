/* Moves requests and answers over the connections of a worker, and serves each request once it is all there. Nothing
 * here waits for a peer, but for the one millisecond that a new connection gets. */
#ifndef ORGD_TRANSFERS_H
#define ORGD_TRANSFERS_H

#include "connections.h"
#include "serving.h"

struct transfers {
    struct serving serving;
    struct connections connections;
    int64_t timeout_us; /* for the peer to send its request, or to take its answer */
    int64_t served;     /* requests so far */
    bool is_at_port;
    bool is_ending; /* no connection is kept for another request any more */
    bool is_broken; /* the listening socket cannot be used any more */
};

/* Prepares to serve file descriptor 0, with connections that `epoll_fd` watches. The service in `serving` must be open.
 */
int transfers_open(struct transfers *transfers, int epoll_fd) NODISCARD;
void transfers_close(struct transfers *transfers);

/* Takes a connection from the listening socket, if one is there, and reads its request. Returns false if there is none.
 * If there are too many, gives up the one that has waited longest. */
bool transfers_accept(struct transfers *transfers);

/* Does what epoll says is possible for a connection. */
void transfers_go_on(struct transfers *transfers, struct connection *connection);

/* Makes and sends one part of a stream, whose reader has taken all before it. Call it once between two waits, so that
 * others wait for one part at most. */
void transfers_make_part(struct transfers *transfers);

/* Gives up the connections whose time is over. Who has sent a head and not all of its body gets an answer: 408, if the
 * body was asked for. */
void transfers_give_up_due(struct transfers *transfers);

/* From now on closes each connection after its answer, and those at once that wait for another request. */
void transfers_end_kept(struct transfers *transfers);

/* Gives all of them up. Who has sent a head gets an answer, as far as the socket takes it. */
void transfers_give_up_all(struct transfers *transfers);

#endif
