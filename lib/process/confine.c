#include "confine.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "landlock.h"

/* This list forbids calls instead of allowing some, because name services, TLS and authentication plugins differ from
 * host to host. It leaves out what these may need: threads, sockets, files, keyrings, resource limits. */
const char *const confine_calls[] = {
    /* other programs */
    "execve",
    "execveat",
/* other processes */
#ifndef HAS_ADDRESS_SANITIZER /* which stops the threads of its own process by it, before it looks for leaks */
    "ptrace",
#endif
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "perf_event_open",
    /* other views of the system */
    "unshare",
    "setns",
    "chroot",
    "pivot_root",
    "mount",
    "umount2",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "open_by_handle_at",
    "mknod",
    "mknodat",
    /* other identities */
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "setgroups",
    "capset",
    "personality",
    /* the kernel */
    "bpf",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "modify_ldt",
    "ioperm",
    "iopl",
    /* the machine */
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "syslog",
    "vhangup",
    "sethostname",
    "setdomainname",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    NULL,
};

#define CALL_COUNT (ARRAY_LENGTH(confine_calls) - 1)
/* The exit status tells the index of the call; the number after the last index means a call of another architecture.
 * The numbers are above those that programs use themselves. */
#define FIRST_STATUS 100
#define UNNAMED "a call of another architecture"

_Static_assert(FIRST_STATUS + CALL_COUNT <= 255, "every call needs an exit status");

/* The kernel's numbers of the calls, in the order of confine_calls. They are resolved before the first call can be
 * stopped. */
static int numbers[CALL_COUNT];

static size_t find_call(const siginfo_t *info)
{
    size_t index = 0;

    if (info->si_arch != seccomp_arch_native())
        return CALL_COUNT;
    while (index < CALL_COUNT && numbers[index] != info->si_syscall)
        index++;
    return index;
}

static const char *name_of(size_t index)
{
    return index < CALL_COUNT ? confine_calls[index] : UNNAMED;
}

/* Async-signal-safe, because the process may be doing anything. Log lines allocate no memory. */
static void on_forbidden_call(int signal_number, siginfo_t *info, void *context)
{
    size_t index = find_call(info);
    struct buf *line = log_begin(LOG_LEVEL_ERROR);

    (void)signal_number;
    (void)context;
    if (line != NULL) {
        jsonw_key(line, "message");
        buf_add_literal(line, "\"stopped: ");
        buf_add_string(line, name_of(index));
        buf_add_literal(line, " is not allowed; see seccomp in orgd.conf(5)\"");
        log_end(line);
    }
    _exit(FIRST_STATUS + (int)index);
}

const char *confine_stopped_at(int wait_status)
{
    int index = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) - FIRST_STATUS : -1;

    return index < 0 || (size_t)index > CALL_COUNT ? NULL : name_of((size_t)index);
}

static int forbid_calls(scmp_filter_ctx filter)
{
    int result = 0;

    for (size_t i = 0; i < CALL_COUNT && result == 0; i++) {
        numbers[i] = seccomp_syscall_resolve_name(confine_calls[i]);
        if (numbers[i] != __NR_SCMP_ERROR) /* an older libseccomp does not know the newest */
            result = seccomp_rule_add(filter, SCMP_ACT_TRAP, numbers[i], 0);
    }
    return result;
}

/* posix_spawn() gives signals their default action before it executes a program. The first rule makes that do nothing
 * for SIGSYS, so that our handler names what is stopped there too. Since glibc 2.38 the kernel does it in clone3(),
 * whose flags no filter sees; without that call, glibc goes the older way. */
static int keep_handler(scmp_filter_ctx filter)
{
    int result =
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), SCMP_SYS(rt_sigaction), 1, SCMP_A0(SCMP_CMP_EQ, SIGSYS, 0));

    return result == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) : result;
}

/* Kernels before 5.16 slow down a process with a filter, as a protection against untrusted code
 * (spec_store_bypass_disable); our code is trusted. The binary tree costs each call six comparisons instead of
 * sixty. */
static int set_attributes(scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);

    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    return result == 0 ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) : result;
}

static int load_filter(struct error *err)
{
    const struct sigaction action = {.sa_sigaction = on_forbidden_call, .sa_flags = SA_SIGINFO};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int result = filter == NULL ? -ENOMEM : set_attributes(filter);

    if (result == 0)
        result = forbid_calls(filter);
    if (result == 0)
        result = keep_handler(filter);
    sigaction(SIGSYS, &action, NULL);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    if (result == 0)
        return 0;
    return error_set(err, ERR_INTERNAL,
                     "seccomp = on: cannot set up the filter: %s; set seccomp = off to run without it",
                     strerror(-result));
}

int confine_check(bool with_filter, struct error *err)
{
    if (!with_filter || prctl(PR_GET_SECCOMP) >= 0)
        return 0;
    return error_set(err, ERR_INTERNAL,
                     "seccomp = on: this kernel cannot filter system calls; set seccomp = off to run without it");
}

int confine_hide(struct error *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
        return 0;
    return error_set(err, ERR_INTERNAL, "cannot hide the memory from other processes: %s", strerror(errno));
}

int confine(bool with_filter, const char *logs, struct error *err)
{
    if (confine_hide(err) < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, ERR_INTERNAL, "cannot give up new privileges: %s", strerror(errno));
    if (!with_filter)
        return 0;
    if (landlock_is_there() && landlock_restrict(logs, err) < 0)
        return -1;
    return load_filter(err);
}
