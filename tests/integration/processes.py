"""Processes under test: how they are started, watched and ended."""

import atexit
import contextlib
import functools
import hashlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Started by root, every server runs as the user that Debian's web servers run as; else as whoever runs the tests.
SERVICE_USER = "www-data" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
SERVICE_GROUP = "www-data" if os.geteuid() == 0 else None

# ORGD_VALGRIND=1: the programs of the project run under valgrind's memcheck, and everything may take this much longer.
IS_UNDER_VALGRIND = os.environ.get("ORGD_VALGRIND") == "1"
PATIENCE = 20 if IS_UNDER_VALGRIND else 1

PORTS_START, PORTS_END = 10000, 32000
PORTS_OF_A_PROCESS = 200

_directories = []  # all that were made
_is_undivided = False
_end_signal = None  # that came during an undivided() block


def make_directory(prefix="orgd-"):
    """A directory that only the servers' user can enter. Its path is short: a Unix socket's has at most 107 bytes."""
    with undivided():
        directory = Path(tempfile.mkdtemp(prefix=prefix))
        _directories.append(directory)
    give_to_servers(directory)
    return directory


def end_in_order():
    """For programs: from now on SIGTERM and SIGHUP end this one by an exception, and it leaves no server and no
    directory behind, however far it had come."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)
    atexit.register(leave_nothing)


@contextlib.contextmanager
def undivided():
    """The signals of end_in_order() wait for the end of the block. (Blocked, they would be so in what it starts, too.)"""
    global _is_undivided
    _is_undivided = True
    try:
        yield
    finally:
        _is_undivided = False
    if _end_signal is not None:
        _exit(_end_signal, None)


def _exit(number, _frame):
    global _end_signal
    _end_signal = number
    if _is_undivided:
        return
    for other in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # nothing interrupts what comes now
    sys.exit(128 + number)


def leave_nothing():
    """Ends processes that no `with` block owns, because the program was ended on the way into the block."""
    for server in reversed(Server.started.copy()):
        server.stop()
    for directory in _directories:
        wait_until(lambda directory=directory: _remove(directory), f"{directory} to be removed")


def forget_memory(directory):
    """Removes what the processes of installations shared whose option files are there (lib/process/slots.h)."""
    for path in directory.rglob("*.cnf"):
        digest = hashlib.sha256(str(path).encode()).hexdigest()
        for memory in Path("/dev/shm").glob(f"orgd-*-{digest[:16]}"):
            memory.unlink(missing_ok=True)


def remove_directory(directory):
    forget_memory(directory)
    shutil.rmtree(directory)


def _remove(directory):
    """False as long as an ending process still writes there."""
    with contextlib.suppress(OSError):
        forget_memory(directory)
    shutil.rmtree(directory, ignore_errors=True)
    return not directory.exists()


def give_to_servers(path):
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVICE_USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def write_file(path, text, mode=0o600):
    """Writes a file that the servers can read and nobody else."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    give_to_servers(path)
    return path


def privileges():
    """Arguments of subprocess that make the child an ordinary user."""
    if os.geteuid() != 0:
        return {}
    return {"user": SERVICE_USER, "group": SERVICE_GROUP, "extra_groups": []}


@functools.cache
def _own_ports():
    """A block of ports that no other process of these tests takes, however many run: the block's name is that of an
    abstract socket, which this process holds until it ends. All are below those that the kernel gives to clients."""
    for start in range(PORTS_START, PORTS_END, PORTS_OF_A_PROCESS):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0orgd-tests-ports-{start}")
        except OSError:
            name.close()
        else:
            return name, itertools.cycle(range(start, start + PORTS_OF_A_PROCESS))
    raise AssertionError("every block of ports is taken")


def free_port():
    """A port of the loopback interface that stays free until a server of this process takes it."""
    _, ports = _own_ports()
    for port in itertools.islice(ports, PORTS_OF_A_PROCESS):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("every port of this process is taken")


def wait_until(condition, what, timeout=15.0, pause=0.01):
    """Waits for a true value and returns it."""
    timeout *= PATIENCE
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain: {what}")
        time.sleep(pause)


def _status_fields(pid):
    try:
        # pid (comm) state ppid ...; comm may hold anything, so cut behind its last parenthesis.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    fields = _status_fields(pid)
    return fields is not None and fields[0] not in "ZX"


def is_zombie(pid):
    fields = _status_fields(pid)
    return fields is not None and fields[0] == "Z"


def is_stopped(pid):
    """True once SIGSTOP has reached every thread."""
    states = [_status_fields(f"{pid}/task/{thread}") for thread in os.listdir(f"/proc/{pid}/task")]
    return all(fields is None or fields[0] == "T" for fields in states)


def waits_for_events(pid):
    """True once the process has what epoll_wait() needs."""
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{fd}") == "anon_inode:[eventpoll]" for fd in os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return False


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _status_fields(entry)
            if fields is not None and int(fields[1]) == pid:
                found.append(int(entry))
    return sorted(found)


def workers(pid):
    """Those of a pool: its children but the couriers."""
    return [child for child in children(pid) if not is_courier(child)]


@contextlib.contextmanager
def without_courier(pool_pid):
    """The courier of this pool stands still meanwhile, and so does one that is about to end."""
    couriers = wait_until(lambda: [pid for pid in children(pool_pid) if is_courier(pid)], "the courier")
    for courier in couriers:
        os.kill(courier, signal.SIGSTOP)
    try:
        yield
    finally:
        for courier in couriers:
            os.kill(courier, signal.SIGCONT)


def is_courier(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as name:
            return name.read() in ("orgd-courier\n", "orgd-mails\n")
    except OSError:
        return False


def executes(pid, program):
    """True if the process runs this very file, and not one that was there before. /proc/PID/exe would name valgrind."""
    inode = str(program.stat().st_ino)
    mappings = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    return any(fields[4:] == [inode, str(program)] for fields in map(str.split, mappings))


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child] + descendants(child)
    return found


class Server:
    """A process in the foreground, with its log in a file. Subclasses say how to start it and when it is ready."""

    name = "server"
    stop_signal = signal.SIGTERM
    stop_timeout = 20.0 * PATIENCE
    started = []  # every server that runs now, for the logs of failing tests
    inherited = ()  # descriptors of this process that it gets

    def __init__(self, directory, environment):
        self.directory = directory
        self.environment = environment
        self.log_path = directory / f"{self.name}.log"
        self.process = None
        self._log_mark = 0

    def command(self):
        raise NotImplementedError

    def is_ready(self):
        raise NotImplementedError

    def privileges(self):
        """Whom it runs as."""
        return privileges()

    def spawn(self):
        """Starts the process without waiting for it."""
        with open(self.log_path, "ab") as log, undivided():
            give_to_servers(self.log_path)
            # The servers' clean-up must not depend on a terminal, so they get no input and a session of their own.
            self.process = subprocess.Popen([str(word) for word in self.command()], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.directory, env=self.environment,
                                            pass_fds=self.inherited, start_new_session=True, **self.privileges())
            Server.started.append(self)

    def start(self):
        self.spawn()
        try:
            wait_until(self._is_ready_or_dead, f"{self.name} to come up", timeout=30)
        except BaseException:
            self.stop()
            raise
        return self

    def _is_ready_or_dead(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode} at its start: {self.last_words()}\n"
                                 f"All that it logged:\n{self.logs()}")
        return self.is_ready()

    def last_words(self):
        """The line of the log that says best why it ended."""
        return (self.logs().splitlines() or ["it logged nothing"])[-1]

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Ends the server and everything it started; whatever has to be killed for that is an error."""
        if self.process is None:
            return
        family = descendants(self.pid)
        if self.is_running():
            self.process.send_signal(self.stop_signal)
            if is_stopped(self.pid):
                self.process.send_signal(signal.SIGCONT)  # a frozen one cannot end
        stubborn = []
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            stubborn.append(self.pid)
            self.process.kill()
            self.process.wait()
        stubborn += self._end_family(family)
        self.process = None
        Server.started.remove(self)
        assert not stubborn, f"{self.name} left processes {stubborn} behind:\n{self.logs()}"

    def _end_family(self, family):
        end = time.monotonic() + self.stop_timeout
        while any(is_alive(pid) for pid in family) and time.monotonic() < end:
            time.sleep(0.01)
        stubborn = [pid for pid in family if is_alive(pid)]
        for pid in stubborn:
            os.kill(pid, signal.SIGKILL)
        return stubborn

    def logs(self):
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def mark_log(self):
        """From here on logs_since_mark() counts."""
        self._log_mark = len(self.logs())

    def logs_since_mark(self):
        return self.logs()[self._log_mark:]
