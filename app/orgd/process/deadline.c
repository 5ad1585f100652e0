#include "deadline.h"

#include <signal.h>
#include <sys/time.h>

#include "base/timestamp.h"

/* The first signal may come between two system calls and interrupt none, so the timer repeats it. */
#define REPEAT_US (US_PER_S / 10)

static volatile sig_atomic_t has_come;

static void come(int signal_number)
{
    (void)signal_number;
    has_come = 1;
}

void deadline_init(void)
{
    const struct sigaction action = {.sa_handler = come}; /* without SA_RESTART */

    sigaction(SIGALRM, &action, NULL);
}

static struct timeval timeval_of(int64_t us)
{
    return (struct timeval){.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
}

void deadline_start(int64_t after_us)
{
    const struct itimerval timer = {.it_value = timeval_of(after_us), .it_interval = timeval_of(REPEAT_US)};

    has_come = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
}

bool deadline_stop(void)
{
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    return has_come != 0;
}
