#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "check_socket.h"
#include "check_url.h"
#include "ownership.h"
#include "web/url.h"

/* Everybody on the host who may write to the socket can speak FastCGI, past the web server. */
static void check_mode_of_socket(struct check *check)
{
    const struct config *config = check->in->call.config;
    struct stat file;

    if (strncmp(config->listen, "unix:", 5) != 0 || stat(config->listen + 5, &file) != 0)
        return;
    if ((file.st_mode & S_IWOTH) == 0)
        check_row(check, "access to the socket", CHECK_OK, "%s", "");
    else if (command_option(check->in, "hosting") != NULL)
        check_row(
            check, "access to the socket", CHECK_LIMITED,
            "whoever can enter its directory can speak to the workers past the web server, as any client can by it");
    else
        check_row(check, "access to the socket", CHECK_FAILED,
                  "everybody may write to %s: set 'listen_mode = 0660' and 'listen_group' to the web server's group in "
                  "orgd.conf, and start orgd again",
                  config->listen + 5);
}

static void report_socket(struct check *check, const char *what, enum socket_result result)
{
    const char *listen = check->in->call.config->listen;

    switch (result) {
    case SOCKET_IS_CLOSED:
        check_row(check, what, CHECK_FAILED,
                  "nobody serves %s (%s): start the pool, by 'systemctl start orgd' or 'orgd --config FILE'", listen,
                  strerror(errno));
        break;
    case SOCKET_FORBIDS:
        check_row(check, what, CHECK_UNKNOWN,
                  "this user may not write to %s: run this command as root, or as the user who owns the socket",
                  listen);
        break;
    case SOCKET_IS_SLOW:
        check_row(
            check, what, CHECK_FAILED,
            "%s takes connections, and does not answer: all workers are busy, or have stopped. Look at the log; set "
            "more 'workers' in orgd.conf, or start orgd again",
            listen);
        break;
    default:
        check_row(check, what, CHECK_FAILED,
                  "somebody else than orgd serves %s: set 'listen' in orgd.conf to another address", listen);
    }
}

static void check_pool(struct check *check)
{
    const char *listen = check->in->call.config->listen;
    const char *secret = check->in->call.config->gateway_secret;
    int status = 0;
    enum socket_result result = check_socket_ask(listen, "/health", secret, &status);

    check_mode_of_socket(check);
    if (result != SOCKET_ANSWERS) {
        report_socket(check, "pool answers", result);
        return;
    }
    check_row(check, "pool answers", CHECK_OK, "%s", "");
    result = check_socket_ask(listen, "/health/ready", secret, &status);
    if (result != SOCKET_ANSWERS)
        report_socket(check, "pool is ready", result);
    else if (status == 200)
        check_row(check, "pool is ready", CHECK_OK, "%s", "");
    else
        check_row(
            check, "pool is ready", CHECK_FAILED,
            "its workers cannot use the database: mend what the rows about the database say. If these are all well, the "
            "pool has another configuration, or an older one: reload it, by 'systemctl reload orgd' or SIGHUP");
}

static void check_gateway(struct check *check, const char *url)
{
    const char *cost = check_url_gateway(url, check->in->call.arena);

    check_row(check, "gateway", cost == NULL ? CHECK_OK : CHECK_LIMITED, "%s", cost == NULL ? "" : cost);
}

/* Asks the web server. On a shared host it reports as limited what only the administrator can change. */
static void check_web_server(struct check *check, const char *url)
{
    bool is_hosting = command_option(check->in, "hosting") != NULL;

    for (size_t i = 0; i < check_url_count; i++) {
        const char *advice = check_url(url, i, check->in->call.arena);
        const char *cost = is_hosting ? check_url_cost(i) : NULL;

        if (advice == NULL)
            check_row(check, check_url_name(i), CHECK_OK, "%s", "");
        else
            check_row(check, check_url_name(i), cost == NULL ? CHECK_FAILED : CHECK_LIMITED, "%s",
                      cost == NULL ? advice : cost);
        if (i == 0 && advice != NULL)
            return; /* nothing answers: further probes would only repeat that */
    }
    check_gateway(check, url);
}

/* Links and tokens name it. Whoever checks from the host itself may use another name for it. */
static void check_public_url(struct check *check, const char *url)
{
    const char *public_url = check->in->call.config->public_url;
    size_t length = strlen(url);
    int without_slash = (int)(url[length - 1] == '/' ? length - 1 : length);

    if (check_url_is_like(url, public_url))
        check_row(check, "public_url", CHECK_OK, "%s", "");
    else
        check_row(
            check, "public_url", CHECK_WARNING,
            "links and tokens name %s, and not %s: if clients come by the latter, set 'public_url = %.*s' in orgd.conf "
            "and start orgd again",
            public_url, url, without_slash, url);
}

/* The pool of a tenant, as `orgctl setup --hosting --pool` makes it. Below a directory that only its owner enters there
 * is at most what an earlier one has left. */
static void check_pool_of_tenant(struct check *check)
{
    const struct config *config = check->in->call.config;
    struct arena *arena = check->in->call.arena;
    const char *directory = dirname(arena_strndup(arena, config->path, strlen(config->path)));
    const char *socket = arena_printf(arena, "%s/run/orgd.sock", directory);
    const char *home = dirname(arena_strndup(arena, directory, strlen(directory)));
    struct stat status;

    if (stat(directory, &status) != 0 || (status.st_mode & S_IXOTH) == 0 || stat(socket, &status) != 0)
        return;
    if (ownership_is_reachable(socket, arena))
        check_row(
            check, "access to the pool", CHECK_FAILED,
            "everybody may come to %s: chmod o-x %s, and let the web server in by the group, or run 'orgctl setup "
            "--hosting' without --pool",
            socket, ownership_quote(home, arena));
    else if (config->gateway_secret[0] == '\0')
        check_row(check, "access to the pool", CHECK_FAILED,
                  "who comes to %s by the web server can claim any address of a client: run 'orgctl setup --hosting "
                  "--pool', which sets a gateway_secret",
                  socket);
    else
        check_row(check, "access to the pool", CHECK_OK, "%s", "");
}

static void check_at(struct check *check, const char *url)
{
    if (!url_is_http(url)) {
        check_row(check, check_url_name(0), CHECK_FAILED, "--url %s is not an http or https URL", url);
        return;
    }
    check_web_server(check, url);
    check_public_url(check, url);
}

void check_service(struct check *check)
{
    const struct config *config = check->in->call.config;
    const char *url = command_option(check->in, "url");

    if (config->path != NULL && command_option(check->in, "hosting") != NULL)
        check_pool_of_tenant(check);
    if (config->listen[0] != '\0')
        check_pool(check);
    if (url != NULL)
        check_at(check, url);
    else if (config->listen[0] == '\0')
        check_row(
            check, "service", CHECK_UNKNOWN,
            "nothing says where the service is, so nobody has asked whether it answers: add '--url URL', with the "
            "address under which clients reach it");
}
