#include "mailer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "domain/mail/mail_rules.h"

#define NOT_STARTED 127
/* More than orgctl ever has open. */
#define FILES_MAX 256
#define LOOK_US (US_PER_S / 50)

/* The program at work. */
struct run {
    pid_t pid;
    int input;
    int output; /* what it says */
    int64_t end_us;
    const char *message; /* what it has not taken yet */
    size_t length;
    size_t said; /* bytes of the reply */
};

static void run_child(const struct mailer *mailer, const struct smtp_envelope *envelope, const int *input,
                      const int *output)
{
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    dup2(output[1], STDERR_FILENO);
    for (int fd = STDERR_FILENO + 1; fd < FILES_MAX; fd++) /* the connection to the database, too */
        close(fd);
    signal(SIGPIPE, SIG_DFL);
    execl(mailer->path, mailer->path, "-t", "-i", "-f", envelope->from, (char *)NULL);
    dprintf(STDERR_FILENO, "cannot start %s: %s", mailer->path, strerror(errno));
    _exit(NOT_STARTED);
}

static bool start(struct run *run, const struct mailer *mailer, const struct smtp_envelope *envelope)
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};

    if (pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0)
        run->pid = fork();
    if (run->pid == 0)
        run_child(mailer, envelope, input, output);
    for (size_t i = 0; i < 2; i++) {
        int used = i == 0 ? output[1] : input[0];

        if (used >= 0)
            close(used);
    }
    run->input = input[1];
    run->output = output[0];
    return run->pid > 0;
}

/* The message ends lines as files do here. */
static void feed(struct run *run)
{
    const char *end = memchr(run->message, '\r', run->length);
    size_t piece = end == run->message ? 1 : end == NULL ? run->length : (size_t)(end - run->message);
    ssize_t written = end == run->message ? 1 : write(run->input, run->message, piece);

    if (written < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (written > 0) {
        run->message += written;
        run->length -= (size_t)written;
    }
    if (written < 0 || run->length == 0) {
        close(run->input);
        run->input = -1;
    }
}

/* Keeps what there is room for. Returns false at the end. */
static bool listen_to(struct run *run, struct smtp_reply *reply)
{
    char piece[512];
    ssize_t got = read(run->output, piece, sizeof(piece));

    for (ssize_t i = 0; i < got && run->said + 1 < sizeof(reply->said); i++)
        reply->said[run->said++] = piece[i];
    reply->said[run->said] = '\0';
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Returns false if the time was over. */
static bool talk(struct run *run, struct smtp_reply *reply)
{
    for (;;) {
        struct pollfd files[] = {{.fd = run->output, .events = POLLIN}, {.fd = run->input, .events = POLLOUT}};
        int64_t left_us = run->end_us - timestamp_monotonic_us();

        if (left_us <= 0 || (poll(files, 2, (int)(left_us / 1000) + 1) < 0 && errno != EINTR))
            return false;
        if (files[1].revents != 0)
            feed(run);
        if (files[0].revents != 0 && !listen_to(run, reply))
            return true;
    }
}

/* Returns the status, or -1 if it had to be killed. */
static int finish(struct run *run, bool is_done)
{
    int status = -1;

    while (is_done && waitpid(run->pid, &status, WNOHANG) == 0) {
        is_done = timestamp_monotonic_us() < run->end_us;
        usleep(LOOK_US);
    }
    if (is_done)
        return status;
    kill(run->pid, SIGKILL);
    waitpid(run->pid, &status, 0);
    return -1;
}

static void keep_first_line(struct smtp_reply *reply)
{
    reply->said[strcspn(reply->said, "\r\n")] = '\0';
    for (char *at = reply->said; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
}

static void explain(struct smtp_reply *reply, int status)
{
    keep_first_line(reply);
    if (reply->said[0] != '\0')
        return;
    if (status < 0)
        snprintf(reply->said, sizeof(reply->said), "the program did not end in time");
    else if (WIFEXITED(status))
        snprintf(reply->said, sizeof(reply->said), "the program ended with status %d", WEXITSTATUS(status));
    else
        snprintf(reply->said, sizeof(reply->said), "the program ended by signal %d", WTERMSIG(status));
}

/* The statuses of <sysexits.h>. */
static enum smtp_outcome judge(int status)
{
    if (status < 0 || !WIFEXITED(status))
        return SMTP_UNREACHABLE;
    switch (WEXITSTATUS(status)) {
    case EX_OK:
        return SMTP_SENT;
    case EX_NOUSER:
    case EX_NOHOST:
        return SMTP_REFUSED;
    case EX_TEMPFAIL:
    case EX_DATAERR:
        return SMTP_PUT_OFF;
    default:
        return SMTP_UNREACHABLE;
    }
}

static enum smtp_outcome hand_over(void *context, const struct smtp_envelope *envelope, struct smtp_reply *reply)
{
    const struct mailer *mailer = context;
    struct run run = {
        .pid = -1,
        .end_us = timestamp_monotonic_us() + mailer->timeout_s * US_PER_S,
        .message = envelope->message.data,
        .length = envelope->message.length,
    };
    int status = -1;

    reply->said[0] = '\0';
    if (start(&run, mailer, envelope)) {
        fcntl(run.input, F_SETFL, O_NONBLOCK);
        status = finish(&run, talk(&run, reply));
        explain(reply, status);
    } else {
        snprintf(reply->said, sizeof(reply->said), "cannot start a process: %s", strerror(errno));
    }
    if (run.input >= 0)
        close(run.input);
    if (run.output >= 0)
        close(run.output);
    return judge(status);
}

void mailer_open(struct mailer *mailer, const struct config *config)
{
    *mailer = (struct mailer){
        .transport = {hand_over, mailer},
        .path = mail_program(config->mail_server),
        .timeout_s = config->mail_timeout,
    };
    signal(SIGPIPE, SIG_IGN);
}
