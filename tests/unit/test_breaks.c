#include "process/breaks.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "unit.h"

#define WORK_US 100000
#define BREAKS_MIN 50 /* a break is due every 200 us, and slow machines are slow */

static int64_t cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Computes for a while. Returns how often this process has slept meanwhile. */
static long breaks_taken(void)
{
    struct rusage start;
    struct rusage end;
    int64_t until_us = cpu_us() + WORK_US;

    getrusage(RUSAGE_SELF, &start);
    while (cpu_us() < until_us)
        ;
    getrusage(RUSAGE_SELF, &end);
    return end.ru_nvcsw - start.ru_nvcsw;
}

static void test_takes_breaks_until_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        breaks_begin();
        assert_in_range(breaks_taken(), BREAKS_MIN, WORK_US / 100);
        breaks_end();
        assert_in_range(breaks_taken(), 0, BREAKS_MIN / 10);
    }
}

static bool is_blocked(void)
{
    sigset_t signals;

    sigprocmask(SIG_BLOCK, NULL, &signals);
    return sigismember(&signals, SIGALRM) == 1;
}

/* As whoever started this process may have left it. */
static void test_sigalrm_is_as_before(void **state)
{
    sigset_t signals;

    (void)state;
    signal(SIGALRM, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGALRM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    breaks_begin();
    assert_in_range(breaks_taken(), BREAKS_MIN, WORK_US / 100);
    breaks_end();
    assert_true(is_blocked());
    assert_true(signal(SIGALRM, SIG_DFL) == SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

static void test_without_a_timer_there_are_none(void **state)
{
    struct rlimit limit;
    struct rlimit none;

    (void)state;
    getrlimit(RLIMIT_SIGPENDING, &limit);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_SIGPENDING, &none);
    breaks_begin();
    assert_in_range(breaks_taken(), 0, BREAKS_MIN / 10);
    breaks_end();
    setrlimit(RLIMIT_SIGPENDING, &limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_breaks_until_the_end),
        cmocka_unit_test(test_sigalrm_is_as_before),
        cmocka_unit_test(test_without_a_timer_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
