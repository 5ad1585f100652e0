"""The pool of workers, orgd --listen, spoken to without a web server; and how workers of every kind end."""

import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

import fastcgi
import processes
from installation import Instance, unique
from processes import (PATIENCE, children, descendants, executes, give_to_servers, is_alive, is_zombie, privileges,
                       wait_until)
from servers import Pool, SpawnFcgi, TcpPool, accepts

PROMPTLY_S = 3.0 * PATIENCE  # an idle worker needs milliseconds; the rest is for slow machines and sanitizers


@pytest.fixture(scope="module")
def user(instance):
    return instance.user(limit=1000)


def workers(pool):
    return [pid for pid in processes.workers(pool.pid) if is_alive(pid)]


def is_full(pool, *, without=()):
    pids = workers(pool)
    return len(pids) == pool.workers and not set(pids) & set(without) and pids


def events(server, event):
    """The log's lines of one kind."""
    lines = [json.loads(line) for line in server.logs().splitlines()]
    return [line for line in lines if line.get("event") == event]


class LockedOrganization:
    """An organization whose row a transaction of ours holds, so that a change of it waits until release()."""

    def __init__(self, instance, user):
        self.installation = instance.installation
        self.id = instance.organization(user)["id"]
        self.connection = self.installation.connect(autocommit=False)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT id FROM orgd_organizations WHERE id = UNHEX(%s) FOR UPDATE", (self.id.replace("-", ""),))
            assert cursor.rowcount == 1

    def wait_for_waiter(self):
        # InnoDB renews this view only for those who have not looked at it for a tenth of a second.
        wait_until(lambda: self.installation.sql("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"),
                   "a request to wait for the row", pause=0.15)

    def release(self):
        self.connection.rollback()
        self.connection.close()


@pytest.fixture
def locked(instance, user):
    locked = LockedOrganization(instance, user)
    yield locked
    if locked.connection.open:
        locked.release()


@pytest.fixture
def in_background():
    """Runs a function in a thread and returns its future."""
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        yield threads.submit


class Load:
    """Requests without a pause from several clients; every answer that is not 200 is kept."""

    def __init__(self, address, token, clients=3):
        self.address = address
        self.token = token
        self.done = 0
        self.failures = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]

    def run(self):
        while not self.is_over.is_set():
            try:
                status = fastcgi.request(self.address, "GET", "/users/me", self.token).status
            except OSError as error:
                status = error
            self.done += 1
            if status != 200:
                self.failures.append(status)
                time.sleep(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def patch(server, organization_id, token):
    return fastcgi.request(server.socket, "PATCH", f"/organizations/{organization_id}", token, {"description": unique("d")})


# The socket

def test_socket_is_for_the_group_only(start):
    pool = start()
    mode = os.lstat(pool.socket).st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_socket_mode_is_a_setting(start):
    assert stat.S_IMODE(os.lstat(start(listen_mode="0600").socket).st_mode) == 0o600


def test_stale_socket_is_replaced(start, directory):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(directory / "orgd.sock"))
    give_to_servers(directory / "orgd.sock")
    pool = start()
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_socket_in_use_is_refused(start, database, directory):
    pool = start()
    second = subprocess.run([str(word) for word in pool.command()], capture_output=True, text=True, env=database.environment,
                            timeout=30 * PATIENCE, **privileges())
    assert second.returncode == 2
    assert "another process serves this socket" in second.stderr
    assert str(pool.socket) in second.stderr
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_file_in_the_way_is_left_alone(database, directory):
    (directory / "orgd.sock").write_text("precious")
    pool = Pool(database, directory)
    result = subprocess.run([str(word) for word in pool.command()], capture_output=True, text=True, env=database.environment,
                            timeout=30 * PATIENCE, **privileges())
    assert result.returncode == 2
    assert str(pool.socket) in result.stderr
    assert (directory / "orgd.sock").read_text() == "precious"


def test_socket_is_removed_at_the_end(start):
    pool = start()
    pool.stop()
    assert not pool.socket.exists()


def test_tcp(start):
    assert fastcgi.request(start(TcpPool).socket, "GET", "/health").status == 200


def test_without_a_socket_it_says_so(database):
    result = subprocess.run([str(database.orgd), "--config", str(database.config_path)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, env=database.environment, timeout=30 * PATIENCE, **privileges())
    assert result.returncode == 2
    assert "--listen" in result.stderr
    assert result.stdout == ""


def test_a_check_by_root_leaves_the_log_to_the_workers(database, directory):
    """Root checks before the first start. If that made the log file, it would be root's."""
    config, log = directory / "orgd.conf", directory / "orgd.log"
    for settings, status in (({}, 0), ({"signing_keys": "/nonexistent/keys.json"}, 2)):
        database.write_config(config, log=log, **settings)
        result = subprocess.run([str(database.orgd), "--config", str(config), "--check"], capture_output=True, text=True,
                                env=database.environment, timeout=30 * PATIENCE)
        assert result.returncode == status and ("/nonexistent/keys.json" in result.stderr) == bool(settings)
        assert not log.exists()
    database.write_config(config, log="/nonexistent/orgd.log")
    result = subprocess.run([str(database.orgd), "--config", str(config), "--check"], capture_output=True, text=True,
                            env=database.environment, timeout=30 * PATIENCE)
    assert result.returncode == 2 and "cannot write the log file /nonexistent/orgd.log" in result.stderr


# Workers that die

def test_killed_worker_is_replaced(start):
    pool = start(workers=3)
    before = wait_until(lambda: is_full(pool), "all workers")
    os.kill(before[0], signal.SIGKILL)
    after = wait_until(lambda: is_full(pool, without=before[:1]), "the killed worker's successor")
    assert set(before[1:]) < set(after), "the others were left alone"
    assert not [pid for pid in children(pool.pid) if is_zombie(pid)]
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200
    assert f"worker {before[0]} ended by signal 9" in pool.logs()


def test_worker_that_dies_at_once_is_backed_off(start, database, directory):
    keys = directory / "signing-keys.json"
    shutil.copy(database.signing_keys, keys)
    give_to_servers(keys)
    pool = start(workers=2, signing_keys=keys)
    before = wait_until(lambda: is_full(pool), "all workers")
    keys.rename(directory / "elsewhere.json")  # no worker can start without
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    time.sleep(3)
    deaths = pool.logs().count("right after its start")
    # Waits of 0.1, 0.2, 0.4, 0.8, 1.6 s fit into three seconds.
    assert 2 <= deaths <= 8, pool.logs()
    assert pool.is_running()
    (directory / "elsewhere.json").rename(keys)
    wait_until(lambda: is_full(pool), "the workers to come back", timeout=30)
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_workers_are_recycled(start):
    pool = start(workers=1, max_requests=5)
    for _ in range(40):
        assert fastcgi.request(pool.socket, "GET", "/health").status == 200
    wait_until(lambda: len(events(pool, "request")) == 40, "the log to be complete")
    served = [line["pid"] for line in events(pool, "request")]
    assert max(served.count(pid) for pid in served) <= 5
    assert "right after its start" not in pool.logs(), "a recycled worker is not a dead one"


def test_workers_end_with_a_killed_supervisor(start):
    """No worker serves an old configuration on a socket that the next supervisor takes over."""
    pool = start(workers=2)
    pids = wait_until(lambda: is_full(pool), "all workers")
    pool.process.kill()
    pool.process.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in pids), "the workers to follow their supervisor")


# The end

def assert_ends_promptly(pids, end):
    start = time.monotonic()
    end()
    wait_until(lambda: not any(is_alive(pid) for pid in pids), f"{pids} to end", timeout=PROMPTLY_S)
    assert time.monotonic() - start < PROMPTLY_S


def test_idle_pool_ends_promptly(start):
    pool = start()
    pids = wait_until(lambda: is_full(pool), "all workers")
    assert_ends_promptly([*pids, pool.pid], lambda: pool.process.terminate() or pool.process.wait(PROMPTLY_S))
    assert pool.process.returncode == 0


def test_idle_spawn_fcgi_workers_end_promptly(start):
    server = start(SpawnFcgi)
    assert fastcgi.request(server.socket, "GET", "/health").status == 200
    assert_ends_promptly(server.pids, lambda: [os.kill(pid, signal.SIGTERM) for pid in server.pids])


@pytest.mark.parametrize("kind", ["lighttpd", "apache-mod_fcgid"])
def test_idle_spawned_workers_end_promptly(database, kind):
    """A web server's own worker ends by SIGTERM, and all of them end with the web server."""
    with Instance(database, kind, "") as instance:
        assert instance.client().get("/health").status_code == 200
        pids = [pid for pid in descendants(instance.server.pid) if executes(pid, database.orgd_binary)]
        assert pids
        assert_ends_promptly(pids[:1], lambda: os.kill(pids[0], signal.SIGTERM))
        assert instance.client().get("/health").status_code == 200
    assert not [pid for pid in pids if is_alive(pid)]


def test_worker_ends_although_there_is_always_a_request(start):
    server = start(SpawnFcgi, workers=1)
    os.kill(server.pids[0], signal.SIGSTOP)
    with contextlib.ExitStack() as requests:
        waiting = [requests.enter_context(fastcgi.SlowRequest(server.socket, "GET", "/health")) for _ in range(50)]
        assert_ends_promptly(server.pids, lambda: [os.kill(server.pids[0], number)
                                                   for number in (signal.SIGTERM, signal.SIGCONT)])
        with pytest.raises(OSError):
            waiting[-1].read()


def test_sigterm_finishes_the_request_in_hand(start, user, locked, in_background):
    pool = start(workers=2)
    answer = in_background(patch, pool, locked.id, user.token)
    locked.wait_for_waiter()
    pool.process.terminate()
    wait_until(lambda: "stopping" in pool.logs(), "the supervisor to stop")
    locked.release()
    assert answer.result().status == 200
    pool.process.wait(10)
    assert pool.process.returncode == 0


def test_sigterm_finishes_the_request_of_a_single_worker(start, user, locked, in_background):
    server = start(SpawnFcgi, workers=1)
    answer = in_background(patch, server, locked.id, user.token)
    locked.wait_for_waiter()
    os.kill(server.pids[0], signal.SIGTERM)
    time.sleep(0.2)
    assert is_alive(server.pids[0])
    locked.release()
    assert answer.result().status == 200
    wait_until(lambda: not is_alive(server.pids[0]), "the worker to end")


@pytest.mark.parametrize("kind", [Pool, TcpPool])
def test_sigterm_serves_whoever_waits_at_the_socket(start, user, locked, in_background, kind):
    pool = start(kind, workers=1)
    answer = in_background(patch, pool, locked.id, user.token)
    locked.wait_for_waiter()
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(fastcgi.Connection(pool.socket)) for _ in range(5)]
        for connection in waiting:
            connection.send(fastcgi.encode("GET", "/health"))
        pool.process.terminate()
        wait_until(lambda: "stopping" in pool.logs(), "the supervisor to stop")
        locked.release()
        assert answer.result().status == 200
        assert [connection.read().status for connection in waiting] == [200] * 5
    pool.process.wait(10)
    assert pool.process.returncode == 0


def test_sigterm_right_after_the_start_serves_whoever_waits(start):
    """The worker may not even be ready."""
    pool = start(workers=1)
    assert fastcgi.request(pool.socket, "GET", "/health", before_sending=pool.process.terminate).status == 200


def test_sigterm_lets_nobody_else_wait(start, directory, user, locked, in_background):
    """A web server learns at once that it has to ask elsewhere. Who is about to connect has found the file already, as
    if there were another name for it."""
    pool = start(workers=1)
    answer = in_background(patch, pool, locked.id, user.token)
    locked.wait_for_waiter()
    os.link(pool.socket, directory / "other.sock")
    pool.process.terminate()
    wait_until(lambda: "stopping" in pool.logs(), "the supervisor to stop")
    with pytest.raises(FileNotFoundError):
        fastcgi.request(pool.socket, "GET", "/health")
    with pytest.raises(ConnectionRefusedError):
        fastcgi.request(directory / "other.sock", "GET", "/health")
    locked.release()
    assert answer.result().status == 200


def test_stop_under_load_refuses_and_breaks_nothing(start, user):
    pool = start(workers=2)
    with Load(pool.socket, user.token, clients=8) as load:
        wait_until(lambda: load.done >= 100, "requests")
        pool.stop()
    assert load.failures, "nobody was refused"
    assert {type(failure) for failure in load.failures} <= {FileNotFoundError, ConnectionRefusedError}


# Reload

def create_with_padding(pool, token, size):
    return fastcgi.request(pool.socket, "POST", "/organizations", token, {"name": unique("o"), "description": None, "x": "x" * size})


def test_reload_loses_no_request_and_takes_the_new_configuration(start, user):
    pool = start(workers=3)
    assert create_with_padding(pool, user.token, 2000).status != 413
    with Load(pool.socket, user.token) as load:
        for max_body in (1024, 65536, 1024):
            before = wait_until(lambda: is_full(pool), "all workers")
            done = load.done
            pool.configure(max_body=max_body)
            pool.reload()
            wait_until(lambda: is_full(pool, without=before), "new workers")
            wait_until(lambda: load.done >= done + 50, "requests after the reload")
    assert load.failures == []
    assert create_with_padding(pool, user.token, 2000).status == 413
    assert is_alive(pool.pid), "the supervisor keeps its pid"
    assert not [pid for pid in children(pool.pid) if is_zombie(pid)]


def test_reload_takes_the_new_program(start, database, directory):
    class OwnProgram(Pool):
        def command(self):
            return [*database.checker, program, *super().command()[1:]]

    program = directory / "orgd"
    shutil.copy(database.orgd_binary, program)
    pool = start(OwnProgram, workers=2)
    before = wait_until(lambda: is_full(pool), "all workers")
    shutil.copy(database.orgd_binary, directory / "orgd.new")
    (directory / "orgd.new").rename(program)
    assert not executes(pool.pid, program)
    pool.reload()
    after = wait_until(lambda: is_full(pool, without=before), "new workers")
    for pid in [pool.pid, *after]:
        assert executes(pid, program)
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_reload_lets_the_request_in_hand_finish(start, user, locked, in_background):
    pool = start(workers=2)
    before = wait_until(lambda: is_full(pool), "all workers")
    answer = in_background(patch, pool, locked.id, user.token)
    locked.wait_for_waiter()
    pool.reload()
    wait_until(lambda: len(set(workers(pool)) - set(before)) == 2, "new workers")
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200
    locked.release()
    assert answer.result().status == 200
    wait_until(lambda: is_full(pool, without=before), "the old workers to end")


@pytest.mark.parametrize("end", ["reload", "stop"])
def test_accepted_connection_is_served(start, in_background, end):
    """Accepting takes a moment: the worker is told to end between accept() and the first byte of the request."""
    pool = start(workers=1)
    wait_until(lambda: is_full(pool), "the worker")

    def end_pool():
        time.sleep(0.1)  # for the worker to accept
        pool.process.send_signal({"reload": signal.SIGHUP, "stop": signal.SIGTERM}[end])
        time.sleep(0.5)  # for the signal to reach the worker

    answer = in_background(fastcgi.request, pool.socket, "GET", "/health", before_sending=end_pool)
    assert answer.result().status == 200


@pytest.mark.parametrize("fault", ["no_such_setting = 1\n", "workers = many\n", "signing_keys = /nonexistent/keys.json\n"])
def test_reload_of_a_bad_configuration_keeps_the_old(start, fault):
    pool = start(workers=2)
    before = wait_until(lambda: is_full(pool), "all workers")
    good = pool.config_path.read_text()
    pool.config_path.write_text(good + fault)
    pool.reload()
    line, = wait_until(lambda: [line for line in pool.logs().splitlines() if "going on with the old" in line], "the refusal")
    assert fault.split()[0] in line or fault.split()[2] in line, "one line says what happened and why"
    assert workers(pool) == before
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200
    pool.config_path.write_text(good)
    pool.reload()
    wait_until(lambda: is_full(pool, without=before), "new workers")
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_pool_answers_while_every_worker_is_busy(start, user, locked, in_background):
    """Requests beyond the number of workers wait in the socket's backlog; none is refused."""
    pool = start(workers=1)
    first = in_background(patch, pool, locked.id, user.token)
    locked.wait_for_waiter()
    others = [in_background(fastcgi.request, pool.socket, "GET", "/health") for _ in range(5)]
    assert accepts(pool.socket)
    time.sleep(0.2)
    assert not any(other.done() for other in others)
    locked.release()
    assert first.result().status == 200
    assert [other.result().status for other in others] == [200] * 5


def test_reloads_in_quick_succession_keep_nobody_waiting(start):
    """A connection that wakes a worker which is told to end is served, though no other follows that would wake another
    worker; and a signal that comes while the new program starts waits for it."""
    pool = start(Pool, workers=2)
    for _ in range(30):
        pool.reload()
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            assert fastcgi.request(pool.socket, "GET", "/health", timeout=5 * PATIENCE).status == 200
    assert pool.is_running()
