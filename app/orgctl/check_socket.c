#include "check_socket.h"

#include <errno.h>
#include <fastcgi.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "domain/config.h"

#define PATIENCE_S 5
#define REQUEST_ID 1
#define ANSWER_BYTES_MAX 4096

/* A request, as the bytes of its records. Everything in it is short. */
struct request {
    unsigned char bytes[1024];
    size_t length;
};

static void add(struct request *request, const void *bytes, size_t length)
{
    memcpy(request->bytes + request->length, bytes, length);
    request->length += length;
}

static void add_header(struct request *request, unsigned char type, size_t length)
{
    const FCGI_Header header = {
        .version = FCGI_VERSION_1,
        .type = type,
        .requestIdB0 = REQUEST_ID,
        .contentLengthB1 = (unsigned char)(length >> 8),
        .contentLengthB0 = (unsigned char)(length & 0xff),
    };

    add(request, &header, sizeof(header));
}

static void add_parameter(struct request *request, const char *name, const char *value)
{
    const unsigned char lengths[] = {(unsigned char)strlen(name), (unsigned char)strlen(value)};

    add_header(request, FCGI_PARAMS, sizeof(lengths) + lengths[0] + lengths[1]);
    add(request, lengths, sizeof(lengths));
    add(request, name, lengths[0]);
    add(request, value, lengths[1]);
}

static void make_request(const char *path, const char *secret, struct request *out)
{
    static const FCGI_BeginRequestBody begin = {.roleB0 = FCGI_RESPONDER};

    out->length = 0;
    add_header(out, FCGI_BEGIN_REQUEST, sizeof(begin));
    add(out, &begin, sizeof(begin));
    add_parameter(out, "REQUEST_METHOD", "GET");
    add_parameter(out, "SCRIPT_NAME", "");
    add_parameter(out, "PATH_INFO", path);
    add_parameter(out, "REQUEST_URI", path);
    add_parameter(out, "SERVER_PROTOCOL", "HTTP/1.1");
    add_parameter(out, CONFIG_GATEWAY_VARIABLE, secret);
    add_header(out, FCGI_PARAMS, 0);
    add_header(out, FCGI_STDIN, 0);
}

/* Returns a connected socket, which waits for nothing longer than PATIENCE_S, or -1 with errno. */
static int connect_to(int family, const struct sockaddr *address, socklen_t length)
{
    static const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int reason;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, address, length) == 0)
        return fd;
    reason = errno == EINPROGRESS ? ETIMEDOUT : errno; /* so says a port whose host is silent */
    close(fd);
    errno = reason;
    return -1;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return connect_to(AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

static int connect_port(const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(address, ':');
    struct addrinfo *found = NULL;
    char host[256];
    int fd = -1;

    snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
    host[strcspn(host, "]")] = '\0';
    if (getaddrinfo(host + (host[0] == '['), colon + 1, &hints, &found) != 0) {
        errno = EHOSTUNREACH;
        return -1;
    }
    for (const struct addrinfo *one = found; one != NULL && fd < 0; one = one->ai_next)
        fd = connect_to(one->ai_family, one->ai_addr, one->ai_addrlen);
    freeaddrinfo(found);
    return fd;
}

static bool read_exactly(int fd, void *out, size_t length)
{
    size_t done = 0;
    ssize_t got;

    while (done < length && (got = read(fd, (char *)out + done, length - done)) > 0)
        done += (size_t)got;
    return done == length;
}

/* Reads the beginning of the answer. Returns its length. */
static size_t read_answer(int fd, char answer[ANSWER_BYTES_MAX])
{
    size_t length = 0;
    FCGI_Header header;

    while (read_exactly(fd, &header, sizeof(header)) && header.type != FCGI_END_REQUEST) {
        unsigned char content[65536 + 256];
        size_t size = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
        size_t room = ANSWER_BYTES_MAX - 1 - length;

        if (!read_exactly(fd, content, size + header.paddingLength))
            break;
        if (header.type != FCGI_STDOUT)
            continue;
        memcpy(answer + length, content, size < room ? size : room);
        length += size < room ? size : room;
    }
    answer[length] = '\0';
    return length;
}

/* orgd names the request and says the status first. */
static bool is_ours(const char *answer, int *status)
{
    static const char first[] = "Status: ";
    const char *end = strstr(answer, "\r\n\r\n");
    const char *id = strcasestr(answer, "\r\nX-Request-Id:");

    *status = 200;
    if (strncasecmp(answer, first, sizeof(first) - 1) == 0)
        *status = (int)strtol(answer + sizeof(first) - 1, NULL, 10);
    return end != NULL && id != NULL && id < end;
}

static enum socket_result exchange(int fd, const char *path, const char *secret, int *status)
{
    char answer[ANSWER_BYTES_MAX];
    struct request request;

    make_request(path, secret, &request);
    if (write(fd, request.bytes, request.length) != (ssize_t)request.length || read_answer(fd, answer) == 0)
        return errno == EAGAIN ? SOCKET_IS_SLOW : SOCKET_IS_STRANGE;
    return is_ours(answer, status) ? SOCKET_ANSWERS : SOCKET_IS_STRANGE;
}

enum socket_result check_socket_ask(const char *address, const char *path, const char *secret, int *status)
{
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    int fd = is_unix ? connect_unix(address + 5) : connect_port(address);
    enum socket_result result;

    if (fd < 0 && errno == EAGAIN)
        return SOCKET_IS_SLOW; /* its queue is full */
    if (fd < 0)
        return errno == EACCES ? SOCKET_FORBIDS : SOCKET_IS_CLOSED;
    errno = 0;
    result = exchange(fd, path, secret, status);
    close(fd);
    return result;
}
