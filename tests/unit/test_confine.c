#include "process/confine.h"

#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "process/landlock.h"
#include "unit.h"

#define FINE 0
#define UNCONFINED 90

/* Where the confined child may make files; NULL: nowhere. */
static const char *logs;

/* Forks a child that confines itself and does `work`, which says how it ends. Returns its wait status; `log` gets what
 * it has logged. */
static int run_confined(bool with_filter, int (*work)(long argument), long argument, char *log, size_t size)
{
    FILE *file = tmpfile();
    int status;
    pid_t pid;

    assert_non_null(file);
    pid = fork();
    if (pid == 0) {
        struct error err;

        dup2(fileno(file), STDERR_FILENO);
        if (confine(with_filter, logs, &err) < 0)
            _exit(UNCONFINED);
        _exit(work(argument));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    rewind(file);
    log[fread(log, 1, size - 1, file)] = '\0';
    fclose(file);
    return status;
}

static void assert_ends_well(bool with_filter, int (*work)(long argument))
{
    char log[4096];
    int status = run_confined(with_filter, work, 0, log, sizeof(log));

    assert_null(confine_stopped_at(status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FINE);
    assert_string_equal(log, "");
}

/* With arguments that are of no use, should the call be made. Without the filter nothing is called. */
static int call_by_number(long number)
{
    if (prctl(PR_GET_SECCOMP) != 2)
        return UNCONFINED;
    syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
    return FINE;
}

/* Shows: API8. */
static void test_each_call_is_stopped_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; confine_calls[i] != NULL; i++) {
        int number = seccomp_syscall_resolve_name(confine_calls[i]);
        char expected[128];
        char log[4096];
        int status;

        assert_case(number != __NR_SCMP_ERROR, i, "libseccomp does not know it");
        if (number < 0)
            continue; /* this architecture lacks it */
        status = run_confined(true, call_by_number, number, log, sizeof(log));
        assert_non_null(confine_stopped_at(status));
        assert_string_equal(confine_stopped_at(status), confine_calls[i]);
        snprintf(expected, sizeof(expected), "\"message\":\"stopped: %s is not allowed;", confine_calls[i]);
        assert_case(strstr(log, expected) != NULL, i, log);
        assert_case(strstr(log, "\"level\":\"error\"") != NULL, i, log);
    }
}

static bool is_forbidden(const char *name)
{
    for (size_t i = 0; confine_calls[i] != NULL; i++)
        if (strcmp(confine_calls[i], name) == 0)
            return true;
    return false;
}

static void test_what_matters_is_in_the_list(void **state)
{
    static const char *const names[] = {"execve", "execveat",    "process_vm_readv", "process_vm_writev",
                                        "mount",  "bpf",         "setuid",           "setgroups",
                                        "capset", "init_module", "kexec_load",       "unshare"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        assert_case(is_forbidden(names[i]), i, names[i]);
#ifdef HAS_ADDRESS_SANITIZER
    assert_false(is_forbidden("ptrace")); /* LeakSanitizer lives by it */
#else
    assert_true(is_forbidden("ptrace"));
#endif
}

static int run_by_shell(long argument)
{
    char *const words[] = {"sh", "-c", "exit 7", NULL};
    pid_t pid;
    int status;

    (void)argument;
    if (posix_spawn(&pid, "/bin/sh", NULL, NULL, words, NULL) != 0 || waitpid(pid, &status, 0) != pid)
        return UNCONFINED;
    return confine_stopped_at(status) != NULL && strcmp(confine_stopped_at(status), "execve") == 0 ? FINE : 1;
}

/* posix_spawn(), and so system() and popen(), put the signal's default action back before they execute. */
static void test_a_spawned_program_is_stopped_and_named(void **state)
{
    char log[4096];
    int status;

    (void)state;
    status = run_confined(true, run_by_shell, 0, log, sizeof(log));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FINE);
    assert_non_null(strstr(log, "stopped: execve is not allowed"));
}

static int change_handler(long argument)
{
    (void)argument;
    signal(SIGSYS, SIG_IGN);
    execl("/bin/true", "true", (char *)NULL);
    return UNCONFINED;
}

static void test_the_handler_cannot_be_taken_away(void **state)
{
    char log[4096];

    (void)state;
    assert_string_equal(confine_stopped_at(run_confined(true, change_handler, 0, log, sizeof(log))), "execve");
}

#if defined(__x86_64__) && !defined(__ILP32__)
/* getpid() of 32-bit programs, whose numbers are others: 20 is writev() here. */
static int call_as_i386(long argument)
{
    (void)argument;
    __asm__ volatile("int $0x80" : : "a"(20) : "memory");
    return UNCONFINED;
}

static void test_calls_of_another_architecture_are_stopped(void **state)
{
    char log[4096];

    (void)state;
    assert_non_null(
        strstr(confine_stopped_at(run_confined(true, call_as_i386, 0, log, sizeof(log))), "another architecture"));
    assert_non_null(strstr(log, "another architecture"));
}
#endif

static void *start_of_thread(void *argument)
{
    return argument;
}

/* What libraries may do without our knowledge. */
static int do_what_libraries_do(long argument)
{
    int fd = open("/dev/null", O_RDWR);
    pthread_t thread;
    pid_t child;

    (void)argument;
    if (fd < 0 || close(fd) != 0)
        return 1;
    fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0 || close(fd) != 0)
        return 1;
    if (pthread_create(&thread, NULL, start_of_thread, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || close(fd) != 0)
        return 3;
    child = fork();
    if (child == 0)
        _exit(FINE);
    return waitpid(child, NULL, 0) == child ? FINE : 4;
}

static void test_what_libraries_may_do_goes_on(void **state)
{
    (void)state;
    assert_ends_well(true, do_what_libraries_do);
}

/* The memory of the process `pid`, read and changed as a debugger would. */
static int reach_memory(long pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/mem", pid);
    return open(path, O_RDWR) < 0 && open(path, O_RDONLY) < 0 ? FINE : 1;
}

static int reach_parent(long argument)
{
    (void)argument;
    return reach_memory(getppid());
}

/* Starts a process that confines itself and waits. */
static pid_t start_sibling(void)
{
    int ready[2];
    char word;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        struct error err;

        if (confine(true, NULL, &err) < 0 || write(ready[1], "x", 1) != 1)
            _exit(UNCONFINED);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &word, 1), 1);
    close(ready[0]);
    return pid;
}

/* Root may trace every process, so only Landlock keeps it from them. */
static bool skips_without_landlock(void)
{
    if (landlock_is_there())
        return false;
    skip();
    return true;
}

/* Shows: V14.1.1-14.1.3. */
static void test_nothing_is_reached_through_the_memory_of_others(void **state)
{
    char log[4096];
    pid_t sibling;

    (void)state;
    if (skips_without_landlock())
        return;
    assert_ends_well(true, reach_parent);
    sibling = start_sibling();
    assert_int_equal(run_confined(true, reach_memory, sibling, log, sizeof(log)), W_EXITCODE(FINE, 0));
    kill(sibling, SIGKILL);
    waitpid(sibling, NULL, 0);
}

static int look_for_dumpable(long argument)
{
    (void)argument;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static void test_the_memory_is_hidden_in_any_case(void **state)
{
    (void)state;
    assert_ends_well(true, look_for_dumpable);
    assert_ends_well(false, look_for_dumpable);
}

#ifndef HAS_ADDRESS_SANITIZER /* it may write reports */
#define LOGS "/tmp/orgd-test-confine-logs"

static int change_logs(long argument)
{
    (void)argument;
    if (open(LOGS "/orgd.log", O_CREAT | O_WRONLY | O_APPEND, 0600) < 0)
        return 1;
    if (rename(LOGS "/orgd.log", LOGS "/orgd.log.1") == 0 || unlink(LOGS "/orgd.log") == 0)
        return 2;
    return open("/tmp/orgd-test-confine", O_CREAT | O_WRONLY, 0600) < 0 ? FINE : 3;
}

/* A rotated log is made anew; nothing that is there can be removed or renamed. */
static void test_only_logs_are_made(void **state)
{
    (void)state;
    if (skips_without_landlock())
        return;
    assert_int_equal(mkdir(LOGS, 0700), 0);
    logs = LOGS;
    assert_ends_well(true, change_logs);
    logs = NULL;
    assert_int_equal(unlink(LOGS "/orgd.log"), 0);
    assert_int_equal(rmdir(LOGS), 0);
}

static int change_files(long argument)
{
    (void)argument;
    if (open("/tmp/orgd-test-confine", O_CREAT | O_WRONLY, 0600) >= 0 || mkdir("/tmp/orgd-test-confine", 0700) == 0)
        return 1;
    if (symlink("/etc/passwd", "/tmp/orgd-test-confine") == 0 || open("/proc/self/comm", O_WRONLY) >= 0)
        return 2;
    return rename("/proc/self/comm", "/tmp/orgd-test-confine") != 0 ? FINE : 3;
}

static void test_no_file_is_made_or_opened_for_writing(void **state)
{
    (void)state;
    if (skips_without_landlock())
        return;
    assert_ends_well(true, change_files);
}
#endif

static int look_for_new_privileges(long argument)
{
    (void)argument;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? FINE : 1;
}

static int look_for_filter(long argument)
{
    (void)argument;
    return prctl(PR_GET_SECCOMP);
}

static void test_no_new_privileges_in_any_case(void **state)
{
    (void)state;
    assert_ends_well(true, look_for_new_privileges);
    assert_ends_well(false, look_for_new_privileges);
}

static void test_without_the_filter_there_is_none(void **state)
{
    (void)state;
    assert_ends_well(false, look_for_filter);
}

static void test_ends_of_other_kinds_are_no_stop(void **state)
{
    (void)state;
    assert_null(confine_stopped_at(W_EXITCODE(0, 0)));
    assert_null(confine_stopped_at(W_EXITCODE(2, 0)));
    assert_null(confine_stopped_at(W_EXITCODE(99, 0)));
    assert_null(confine_stopped_at(W_EXITCODE(255, 0)));
    assert_null(confine_stopped_at(W_EXITCODE(0, SIGKILL)));
    assert_string_equal(confine_stopped_at(W_EXITCODE(100, 0)), confine_calls[0]);
}

static void test_this_kernel_can(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(confine_check(true, &err), 0);
    assert_int_equal(confine_check(false, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_is_stopped_and_named),
        cmocka_unit_test(test_what_matters_is_in_the_list),
        cmocka_unit_test(test_a_spawned_program_is_stopped_and_named),
        cmocka_unit_test(test_the_handler_cannot_be_taken_away),
#if defined(__x86_64__) && !defined(__ILP32__)
        cmocka_unit_test(test_calls_of_another_architecture_are_stopped),
#endif
        cmocka_unit_test(test_what_libraries_may_do_goes_on),
        cmocka_unit_test(test_nothing_is_reached_through_the_memory_of_others),
        cmocka_unit_test(test_the_memory_is_hidden_in_any_case),
#ifndef HAS_ADDRESS_SANITIZER
        cmocka_unit_test(test_no_file_is_made_or_opened_for_writing),
        cmocka_unit_test(test_only_logs_are_made),
#endif
        cmocka_unit_test(test_no_new_privileges_in_any_case),
        cmocka_unit_test(test_without_the_filter_there_is_none),
        cmocka_unit_test(test_ends_of_other_kinds_are_no_stop),
        cmocka_unit_test(test_this_kernel_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
