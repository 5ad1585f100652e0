/* A web server on a port of its own of 127.0.0.1, in a thread, with one answer to everything. Its members may be
 * changed between requests. */
#ifndef ORGD_FAKE_HTTP_H
#define ORGD_FAKE_HTTP_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum fake_http_manner {
    FAKE_HTTP_ANSWERS,
    FAKE_HTTP_HANGS, /* takes the connection, and says nothing */
    FAKE_HTTP_CUTS,  /* promises a byte more than it sends */
    FAKE_HTTP_DRIPS, /* a byte of the body now and then, without end */
};

struct fake_http {
    enum fake_http_manner manner;
    const char *head; /* the status line, and further lines that end with CRLF */
    const char *body;
    char url[40];
    atomic_int requests;
    char request[1024]; /* the last one's beginning */
    int fd;
    pthread_t thread;
};

static inline void fake_http_send(int connection, const char *text)
{
    send(connection, text, strlen(text), MSG_NOSIGNAL);
}

static inline void fake_http_serve(struct fake_http *server, int connection)
{
    ssize_t length = recv(connection, server->request, sizeof(server->request) - 1, 0);
    char lengths[80];

    server->request[length < 0 ? 0 : length] = '\0';
    server->requests++;
    if (server->manner == FAKE_HTTP_HANGS) {
        recv(connection, lengths, sizeof(lengths), 0); /* until the client gives up */
        return;
    }
    fake_http_send(connection, server->head);
    if (server->manner == FAKE_HTTP_DRIPS) {
        fake_http_send(connection, "\r\n");
        while (send(connection, "x", 1, MSG_NOSIGNAL) == 1)
            usleep(20000);
        return;
    }
    snprintf(lengths, sizeof(lengths), "Connection: close\r\nContent-Length: %zu\r\n\r\n",
             strlen(server->body) + (server->manner == FAKE_HTTP_CUTS));
    fake_http_send(connection, lengths);
    fake_http_send(connection, server->body);
}

static inline void *fake_http_run(void *context)
{
    struct fake_http *self = context;
    int connection;

    while ((connection = accept(self->fd, NULL, NULL)) >= 0) {
        fake_http_serve(self, connection);
        close(connection);
    }
    return NULL;
}

static inline int fake_http_start(struct fake_http *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server->manner = FAKE_HTTP_ANSWERS;
    server->head = "HTTP/1.1 200 OK\r\n";
    server->body = "";
    server->requests = 0;
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server->fd, (struct sockaddr *)&address, size) != 0 || listen(server->fd, 8) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/jwks", ntohs(address.sin_port));
    return pthread_create(&server->thread, NULL, fake_http_run, server);
}

static inline void fake_http_stop(struct fake_http *server)
{
    shutdown(server->fd, SHUT_RDWR); /* wakes accept() */
    pthread_join(server->thread, NULL);
    close(server->fd);
}

#endif
