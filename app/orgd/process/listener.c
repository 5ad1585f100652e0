#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define FIRST_PASSED_FD 3

static const char *unix_path(const struct config *config)
{
    return strncmp(config->listen, UNIX_PREFIX, 5) == 0 ? config->listen + 5 : NULL;
}

static int fail(const struct config *config, const char *what, const char *why, int fd, struct error *err)
{
    error_set(err, ERR_INTERNAL, "listen = %s: %s: %s", config->listen, what, why);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN;

    close(fd);
    return alive;
}

static bool is_socket(const char *path)
{
    struct stat file;

    return lstat(path, &file) == 0 && S_ISSOCK(file.st_mode);
}

static int set_access(const struct config *config, const char *path, int fd, struct error *err)
{
    if (config->listen_group[0] != '\0') {
        const struct group *group = getgrnam(config->listen_group);

        if (group == NULL)
            return fail(config, "listen_group", "there is no such group", fd, err);
        if (chown(path, (uid_t)-1, group->gr_gid) != 0)
            return fail(config, "listen_group", strerror(errno), fd, err);
    }
    if (chmod(path, config->listen_mode_bits) != 0)
        return fail(config, "listen_mode", strerror(errno), fd, err);
    return fd;
}

static int open_unix(const struct config *config, const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t mask;
    int bound;

    if (fd < 0)
        return fail(config, "socket", strerror(errno), -1, err);
    if (strlen(path) >= sizeof(address.sun_path) || path[0] == '\0')
        return fail(config, "the path", "must have 1 to 107 bytes", fd, err);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (is_socket(path)) {
        if (is_alive(&address))
            return fail(config, "in use", "another process serves this socket", fd, err);
        unlink(path);
    }
    mask = umask(0177); /* nobody can connect before mode and group are set */
    bound = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (bound != 0 || listen(fd, SOMAXCONN) != 0)
        return fail(config, "bind", strerror(errno), fd, err);
    return set_access(config, path, fd, err);
}

static int open_tcp(const struct config *config, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *colon = strrchr(config->listen, ':');
    char host[256] = "";
    struct addrinfo *address;
    int on = 1;
    int code;
    int fd;

    if ((size_t)(colon - config->listen) >= sizeof(host))
        return fail(config, "the address", "the name of the host is too long", -1, err);
    memcpy(host, config->listen, (size_t)(colon - config->listen));
    if (host[0] == '[' && colon[-1] == ']') {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    code = getaddrinfo(host, colon + 1, &hints, &address);
    if (code != 0)
        return fail(config, "the address", gai_strerror(code), -1, err);
    fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    code = bind(fd, address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    if (code != 0 || listen(fd, SOMAXCONN) != 0)
        return fail(config, "bind", strerror(errno), fd, err);
    return fd;
}

static long number_of(const char *variable)
{
    const char *value = getenv(variable);

    return value == NULL ? 0 : strtol(value, NULL, 10);
}

/* A reload keeps the process id, and so what systemd said. */
static bool is_passed(void)
{
    return number_of("LISTEN_PID") == (long)getpid() && number_of("LISTEN_FDS") > 0;
}

static int take_passed(const struct config *config, struct error *err)
{
    int is_listening = 0;
    socklen_t size = sizeof(is_listening);

    if (number_of("LISTEN_FDS") > 1)
        return fail(config, "systemd", "passed more than one socket", -1, err);
    if (getsockopt(FIRST_PASSED_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 || !is_listening)
        return fail(config, "systemd", "passed no socket that listens", -1, err);
    fcntl(FIRST_PASSED_FD, F_SETFD, FD_CLOEXEC);
    return FIRST_PASSED_FD;
}

int listener_open(const struct config *config, struct error *err)
{
    const char *path = unix_path(config);

    if (is_passed())
        return take_passed(config, err);
    return path == NULL ? open_tcp(config, err) : open_unix(config, path, err);
}

/* Does not use shutdown() for a port: that would drop the clients that wait there. */
bool listener_refuse(const struct config *config, int fd)
{
    const char *path = unix_path(config);

    if (is_passed())
        return false;
    if (path == NULL) {
        listen(fd, 0);
        return true;
    }
    unlink(path);
    shutdown(fd, SHUT_RD);
    return true;
}
