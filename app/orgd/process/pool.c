#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "counting.h"
#include "courier.h"
#include "domain/mail/mail.h"
#include "listener.h"
#include "process/confine.h"
#include "process/memory_pages.h"
#include "worker.h"

#define WORKERS_MAX 256
/* The places of the couriers, behind those of the workers. */
#define COURIER WORKERS_MAX
#define MAIL_COURIER (WORKERS_MAX + 1)
#define CHILDREN_MAX (WORKERS_MAX + 2)
#define LIVED_TOO_SHORT_US US_PER_S
/* Of what a check of the new program says. */
#define REASON_BYTES 1024
#define BACK_OFF_FIRST_US (US_PER_S / 10)
#define BACK_OFF_MAX_US (30 * US_PER_S)
/* Longer than any statement may take, and shorter than the time that init systems wait. */
#define GRACE_US (10 * US_PER_S)

struct slot {
    pid_t pid; /* 0: empty */
    int64_t started_us;
};

static struct {
    const struct config *config;
    int listen_fd;
    struct slot slots[CHILDREN_MAX];
    pid_t retiring[CHILDREN_MAX]; /* of the supervisor before this one */
    int64_t back_off_us;
    int64_t spawn_after_us;
    sigset_t signals;
} pool;

static const char *name_of(const struct slot *slot)
{
    if (slot == &pool.slots[MAIL_COURIER])
        return "courier of mails";
    return slot == &pool.slots[COURIER] ? "courier" : "worker";
}

static void run_courier(int (*run)(const struct config *config))
{
    close(pool.listen_fd);
    exit(run(pool.config));
}

static void run_worker(void)
{
    if (dup2(pool.listen_fd, STDIN_FILENO) < 0)
        _exit(1);
    exit(worker_run(pool.config));
}

static void run_child(const struct slot *slot)
{
    pid_t supervisor = getppid();

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != supervisor)
        _exit(0);
    if (slot == &pool.slots[COURIER])
        run_courier(courier_run);
    if (slot == &pool.slots[MAIL_COURIER])
        run_courier(courier_run_mail);
    run_worker();
}

static void spawn(struct slot *slot)
{
    pid_t pid = fork();

    if (pid == 0)
        run_child(slot);
    if (pid < 0) {
        log_error("cannot start a %s: %s", name_of(slot), strerror(errno));
        pool.spawn_after_us = timestamp_monotonic_us() + US_PER_S;
        return;
    }
    *slot = (struct slot){.pid = pid, .started_us = timestamp_monotonic_us()};
}

static bool is_needed(int64_t place)
{
    if (place == MAIL_COURIER)
        return mail_is_for_couriers(pool.config);
    return place == COURIER || place < pool.config->workers;
}

static void fill_slots(void)
{
    for (int64_t i = 0; i < CHILDREN_MAX; i++)
        if (is_needed(i) && pool.slots[i].pid == 0 && timestamp_monotonic_us() >= pool.spawn_after_us)
            spawn(&pool.slots[i]);
}

static void describe_end(char *out, size_t size, int status)
{
    const char *call = confine_stopped_at(status);

    if (call != NULL)
        snprintf(out, size, "because it was stopped: %s is not allowed", call);
    else if (WIFSIGNALED(status))
        snprintf(out, size, "by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "with status %d", WEXITSTATUS(status));
}

/* A worker or courier that dies right after its start would do so again, so the next ones wait, longer each time. */
static void note_death(const struct slot *slot, int status)
{
    int64_t now = timestamp_monotonic_us();
    char how[128];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        pool.back_off_us = 0;
        return;
    }
    describe_end(how, sizeof(how), status);
    if (now - slot->started_us > LIVED_TOO_SHORT_US) {
        log_error("%s %d ended %s; starting another", name_of(slot), (int)slot->pid, how);
        pool.back_off_us = 0;
        return;
    }
    if (now < pool.spawn_after_us)
        return;
    pool.back_off_us = pool.back_off_us == 0 ? BACK_OFF_FIRST_US : pool.back_off_us * 2;
    if (pool.back_off_us > BACK_OFF_MAX_US)
        pool.back_off_us = BACK_OFF_MAX_US;
    pool.spawn_after_us = now + pool.back_off_us;
    log_error("%s %d ended %s right after its start; the next one starts in %lld ms", name_of(slot), (int)slot->pid,
              how, (long long)(pool.back_off_us / 1000));
}

static bool reap_one(void)
{
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);

    if (pid <= 0)
        return false;
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        if (pool.retiring[i] == pid)
            pool.retiring[i] = 0;
        if (pool.slots[i].pid != pid)
            continue;
        note_death(&pool.slots[i], status);
        pool.slots[i].pid = 0;
    }
    return true;
}

static void reap(void)
{
    while (reap_one())
        ;
}

static size_t signal_all(int number)
{
    size_t count = 0;

    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        pid_t pids[] = {pool.slots[i].pid, pool.retiring[i]};

        for (size_t k = 0; k < ARRAY_LENGTH(pids); k++) {
            if (pids[k] == 0)
                continue;
            count++;
            if (number != 0)
                kill(pids[k], number);
        }
    }
    return count;
}

/* Waits for a signal, at most `timeout_us`. Returns 0 when the time is over. */
static int wait_for_signal(int64_t timeout_us)
{
    struct timespec timeout = {.tv_sec = timeout_us / US_PER_S, .tv_nsec = timeout_us % US_PER_S * 1000};
    int number = sigtimedwait(&pool.signals, NULL, &timeout);

    return number < 0 ? 0 : number;
}

static int stop(void)
{
    int64_t deadline = timestamp_monotonic_us() + GRACE_US;

    if (listener_refuse(pool.config, pool.listen_fd)) {
        log_info("stopping: workers finish their requests and serve those that wait");
        signal_all(WORKER_DRAIN);
    } else {
        log_info("stopping: workers finish their requests; those that wait are left to the next start");
        signal_all(SIGTERM);
    }
    while (signal_all(0) > 0 && timestamp_monotonic_us() < deadline) {
        wait_for_signal(US_PER_S / 10);
        reap();
    }
    if (signal_all(0) > 0)
        log_error("%zu processes did not stop in time; killing them", signal_all(SIGKILL));
    log_info("stopped");
    return 0;
}

/* Executes the program as it is now, to check whether it would start. Does not return. */
static void execute_check(char **arguments)
{
    size_t count = 0;
    char **with_check;
    sigset_t none;

    while (arguments[count] != NULL)
        count++;
    with_check = calloc(count + 2, sizeof(*with_check));
    if (with_check == NULL)
        _exit(127);
    memcpy(with_check, arguments, count * sizeof(*with_check));
    with_check[count] = (char[]){"--check-start"};
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(with_check[0], with_check);
    dprintf(STDERR_FILENO, "cannot execute %s: %s", with_check[0], strerror(errno));
    _exit(127);
}

/* Reads to the end, and keeps the beginning as one line. */
static void read_line(int fd, char *out, size_t size)
{
    char rest[256];
    size_t length = 0;
    ssize_t got;

    while (length + 1 < size && (got = read(fd, out + length, size - 1 - length)) > 0)
        length += (size_t)got;
    while (read(fd, rest, sizeof(rest)) > 0)
        ;
    while (length > 0 && out[length - 1] == '\n')
        length--;
    out[length] = '\0';
    for (char *at = out; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
}

/* True if the program and the configuration, as they are now, would start. A child tries it; else `reason` gets what it
 * says. */
static bool would_start(char **arguments, char *reason, size_t size)
{
    int status = -1;
    int ends[2];
    pid_t pid;

    snprintf(reason, size, "cannot start a process that checks it");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        execute_check(arguments);
    }
    close(ends[1]);
    if (pid > 0)
        read_line(ends[0], reason, size);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid > 0 && reason[0] == '\0')
        describe_end(reason, size, status);
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The signals stay blocked: one that comes before the next image is ready for it waits, and does not end the pool. */
static void hand_over(char **arguments)
{
    char value[CHILDREN_MAX * 12 + 16];
    int length = snprintf(value, sizeof(value), "%d", pool.listen_fd);

    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (pool.slots[i].pid != 0)
            length += snprintf(value + length, sizeof(value) - (size_t)length, " %d", (int)pool.slots[i].pid);
    setenv(CONFIG_HANDOVER_VARIABLE, value, 1);
    fcntl(pool.listen_fd, F_SETFD, 0);
    counting_hand_over();
    execvp(arguments[0], arguments);
    log_error("cannot execute %s: %s; going on as before", arguments[0], strerror(errno));
    fcntl(pool.listen_fd, F_SETFD, FD_CLOEXEC);
    unsetenv(CONFIG_HANDOVER_VARIABLE);
    counting_prepare(pool.config);
}

static void reload(char **arguments)
{
    char reason[REASON_BYTES];

    log_info("reloading: checking program and configuration");
    if (would_start(arguments, reason, sizeof(reason)))
        hand_over(arguments);
    else
        log_error("going on with the old program and configuration, since the new one does not start: %s", reason);
}

/* Takes over what hand_over() left. Returns false if there is nothing. */
static bool take_over(void)
{
    const char *value = getenv(CONFIG_HANDOVER_VARIABLE);
    char *at;

    if (value == NULL)
        return false;
    pool.listen_fd = (int)strtol(value, &at, 10);
    for (size_t i = 0; i < CHILDREN_MAX && *at != '\0'; i++)
        pool.retiring[i] = (pid_t)strtol(at, &at, 10);
    fcntl(pool.listen_fd, F_SETFD, FD_CLOEXEC);
    unsetenv(CONFIG_HANDOVER_VARIABLE);
    return true;
}

/* Blocks the signals. Workers inherit that, so a signal waits until they are ready for it. */
static void block_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, WORKER_DRAIN};

    sigemptyset(&pool.signals);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        sigaddset(&pool.signals, numbers[i]);
    sigprocmask(SIG_BLOCK, &pool.signals, NULL);
}

static void retire_predecessors(void)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (pool.retiring[i] != 0)
            kill(pool.retiring[i], SIGTERM);
}

static void say_who_sends_mail(void)
{
    if (mail_is_set(pool.config) && !mail_is_for_couriers(pool.config))
        log_warning("mail_server = %s names a program, which no process of a pool may start: mails wait for "
                    "'orgctl deliver'; run it every minute, from cron or a timer",
                    pool.config->mail_server);
}

int pool_run(const struct config *config, char **arguments)
{
    struct error err;

    pool.config = config;
    block_signals();
    if (!take_over()) {
        pool.listen_fd = listener_open(config, &err);
        if (pool.listen_fd < 0) {
            log_refusal(err.message);
            return 2;
        }
    }
    counting_prepare(config);
    fill_slots();
    retire_predecessors();
    log_info("serving %s with %lld workers", config->listen, (long long)config->workers);
    say_who_sends_mail();
    pages_rest();
    for (;;) {
        int64_t wait_us = pool.spawn_after_us - timestamp_monotonic_us();

        switch (wait_for_signal(wait_us > 0 ? wait_us : US_PER_S)) {
        case SIGTERM:
        case SIGINT:
            return stop();
        case SIGHUP:
            reload(arguments);
            break;
        default:
            break;
        }
        reap();
        fill_slots();
    }
}
