#include "breaks.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/base.h"

/* A fifth of a millisecond is some times as long as a read keeps a processor at a time. Breaks are as short as the
 * kernel makes them (50 us by default): longer ones gain nothing. */
#define WORK_NS 200000
#define BREAK_NS 1000

static struct {
    bool is_on;
    timer_t timer;
    int64_t worked_ns; /* CPU time at the last break */
    struct sigaction action_before;
    sigset_t signals_before;
} breaks;

static int64_t worked_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void set_timer(void)
{
    timer_settime(breaks.timer, 0, &(struct itimerspec){.it_value.tv_nsec = WORK_NS}, NULL);
}

/* Async-signal-safe. The timer is set once at a time, and who has hardly worked since the last break takes none: else
 * whoever gets little of a busy processor would spend that on breaks. */
static void take_break(int number)
{
    int error = errno;
    int64_t now_ns = worked_ns();

    (void)number;
    if (now_ns - breaks.worked_ns >= WORK_NS / 2) {
        breaks.worked_ns = now_ns;
        nanosleep(&(struct timespec){.tv_nsec = BREAK_NS}, NULL);
    }
    set_timer();
    errno = error;
}

void breaks_begin(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    const struct sigaction action = {.sa_handler = take_break, .sa_flags = SA_RESTART};
    sigset_t signals;

    breaks.is_on = timer_create(CLOCK_MONOTONIC, &event, &breaks.timer) == 0;
    if (!breaks.is_on)
        return;
    breaks.worked_ns = worked_ns();
    sigaction(SIGALRM, &action, &breaks.action_before);
    sigemptyset(&signals);
    sigaddset(&signals, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &signals, &breaks.signals_before);
    set_timer();
}

void breaks_end(void)
{
    if (!breaks.is_on)
        return;
    timer_delete(breaks.timer);
    sigprocmask(SIG_SETMASK, &breaks.signals_before, NULL);
    sigaction(SIGALRM, &breaks.action_before, NULL);
    breaks.is_on = false;
}
