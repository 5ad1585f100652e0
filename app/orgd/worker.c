#include "worker.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "dispatch.h"
#include "service.h"

static volatile sig_atomic_t is_stopping;
static int null_fd;

/* Takes the listening socket away: whether accept() is being waited in or about to be called, it fails now, and no
 * signal falls into a gap between the two. SA_RESTART keeps the reads of the request in hand going. */
static void stop(int signal_number)
{
    (void)signal_number;
    is_stopping = 1;
    dup2(null_fd, STDIN_FILENO);
}

static void catch_signals(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};

    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

bool worker_has_socket(void)
{
    int listening = 0;
    socklen_t length = sizeof(listening);

    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

static int read_stream(void *stream, char *out, int size)
{
    return FCGX_GetStr(out, size, stream);
}

static void serve(struct service *service, FCGX_Request *request)
{
    dispatch(service, request->envp, (struct http_body_source){.read = read_stream, .handle = request->in});
    FCGX_PutStr(service->out.data, (int)service->out.length, request->out);
    FCGX_Finish_r(request);
    dispatch_finish(service);
}

/* Workers that started together need not stop together. */
static int64_t requests_until_recycled(const struct config *config)
{
    uint32_t random;

    if (config->max_requests == 0)
        return INT64_MAX;
    secret_random(&random, sizeof(random));
    return config->max_requests - (int64_t)(random % ((uint64_t)config->max_requests / 10 + 1));
}

int worker_run(const struct config *config)
{
    int64_t remaining = requests_until_recycled(config);
    struct service service;
    struct error err;
    FCGX_Request request;

    if (service_open(&service, config, &err) < 0) {
        log_error("%s", err.message);
        return 2;
    }
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, STDIN_FILENO, 0) != 0) {
        log_error("libfcgi cannot be initialized");
        return 1;
    }
    catch_signals();
    log_debug("worker ready");
    while (!is_stopping && remaining-- > 0 && FCGX_Accept_r(&request) >= 0)
        serve(&service, &request);
    log_debug("worker done");
    FCGX_Free(&request, 1);
    service_close(&service);
    return is_stopping || remaining <= 0 ? 0 : 1;
}
