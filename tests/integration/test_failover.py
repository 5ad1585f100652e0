"""Several database hosts: a worker goes on to the next when its own refuses, hangs, dies or may not write."""

import contextlib
import re
import shutil
import socket
import time

import pytest

import fastcgi
from installation import Installation, Instance, unique
from processes import free_port, give_to_servers, make_directory, wait_until, without_courier, write_file
from servers import NetworkedMariaDB, Pool

TIMEOUT_S = 3  # database_timeout of these tests
SHARE_S = TIMEOUT_S // 2  # of each of two hosts
PATIENT_S = 40  # where it matters which host serves: none is passed over for being slow


@pytest.fixture(scope="module")
def first(build_directory, environment):
    """A database, with a user who may own many organizations."""
    with Installation(build_directory, environment, database=NetworkedMariaDB) as installation:
        with Instance(installation, "nginx", "") as instance:
            installation.user = instance.user(limit=1000)
        yield installation


@pytest.fixture(scope="module")
def second(first):
    """Another server with the same data. What is written to one is not in the other: so tests can tell them apart."""
    directory = make_directory()
    server = NetworkedMariaDB(directory, first.environment)
    shutil.rmtree(server.data)
    first.mariadb.stop()
    shutil.copytree(first.mariadb.data, server.data)
    for path in [server.data, *server.data.rglob("*")]:
        give_to_servers(path)
    first.mariadb.start()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture(autouse=True)
def both_serve(first, second):
    yield
    for server in (first.mariadb, second):
        if not server.is_running():
            server.start()
        server.resume()
        execute(server, "SET GLOBAL read_only = 0")


def execute(server, statement):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


class Worker:
    """A pool of one worker that knows these hosts."""

    def __init__(self, installation, pool, user):
        self.installation = installation
        self.pool = pool
        self.user = user

    def ask(self, method="GET", path="/users/me", body=None):
        return fastcgi.request(self.pool.socket, method, path, self.user.token, body)

    def settle(self):
        """Returns when the worker has noted that the credential was used, which is behind its first answer."""
        for _ in range(2):
            assert self.ask().status == 200

    def timed(self, *arguments):
        start = time.monotonic()
        status = self.ask(*arguments).status
        return status, time.monotonic() - start

    def create(self):
        """Returns the status and the name."""
        name = unique("organization")
        return self.ask("POST", "/organizations", {"name": name}).status, name

    def logs(self):
        return self.pool.logs()


@pytest.fixture
def worker_of(first, second):
    """Starts a worker whose option file names these hosts."""
    with contextlib.ExitStack() as cleanup:
        def start(*hosts, timeout=TIMEOUT_S):
            directory = make_directory()
            cleanup.callback(shutil.rmtree, directory)
            text, count = re.subn(r"(\[orgd\]\n)socket = .*", rf"\1host = {','.join(hosts)}",
                                  first.option_file.read_text("utf-8"))
            assert count == 1
            option_file = write_file(directory / "my.cnf", text)
            pool = Pool(first, directory, workers=1, database_option_file=option_file, database_timeout=timeout,
                        lock_timeout=1)
            pool.start()
            cleanup.callback(pool.stop)
            cleanup.enter_context(without_courier(pool.pid))  # its connection would count, too
            return Worker(first, pool, first.user)
        yield start


def address(server):
    return f"127.0.0.1:{server.port}"


def connections(server):
    return execute(server, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'orgd'")[0][0]


def has(server, name):
    return execute(server, f"SELECT COUNT(*) FROM orgd.orgd_organizations WHERE name = '{name}'")[0][0] == 1


@contextlib.contextmanager
def silent_host():
    """Accepts connections like a frozen server's kernel, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_the_first_host_of_the_list_is_the_first_choice(first, second, worker_of):
    hosts = address(first.mariadb), address(second)
    one, other = worker_of(*hosts, timeout=PATIENT_S), worker_of(*reversed(hosts), timeout=PATIENT_S)
    status, name = one.create()
    assert status == 200 and has(first.mariadb, name)
    status, name = other.create()
    assert status == 200 and has(second, name)


def test_blanks_and_names_are_understood(second, worker_of):
    worker = worker_of(f"localhost.invalid:{second.port}", f" [127.0.0.1]:{second.port} ")
    assert worker.ask().status == 200
    assert "localhost.invalid" in worker.logs()


def test_a_host_that_refuses_is_passed_over(second, worker_of):
    refusing = f"127.0.0.1:{free_port()}"
    worker = worker_of(refusing, address(second))
    status, seconds = worker.timed()
    assert status == 200 and seconds < 1
    assert f"host {refusing} does not serve" in worker.logs()


def test_a_silent_host_costs_its_share_of_the_timeout_once(second, worker_of):
    with silent_host() as silent:
        worker = worker_of(silent, address(second))
        status, seconds = worker.timed()
        assert status == 200 and seconds < SHARE_S + 1
        for _ in range(3):
            execute(second, "KILL USER orgd")
            status, seconds = worker.timed()
            assert status == 200 and seconds < SHARE_S / 2


def test_nobody_notices_that_a_host_is_killed(first, second, worker_of):
    worker = worker_of(address(first.mariadb), address(second))
    assert worker.create()[0] == 200
    assert connections(first.mariadb) == 1
    first.mariadb.stop()
    status, name = worker.create()
    assert status == 200 and has(second, name)
    assert worker.ask().status == 200


def test_a_frozen_host_costs_one_request(first, second, worker_of):
    worker = worker_of(address(first.mariadb), address(second))
    worker.settle()
    first.mariadb.pause()
    status, seconds = worker.timed()
    assert status == 503 and seconds < TIMEOUT_S + 1
    status, seconds = worker.timed()
    assert status == 200 and seconds < 1
    status, name = worker.create()
    assert status == 200 and has(second, name)


def test_a_write_moves_on_from_a_host_that_has_become_read_only(first, second, worker_of):
    worker = worker_of(address(first.mariadb), address(second), timeout=PATIENT_S)
    worker.settle()
    execute(first.mariadb, "SET GLOBAL read_only = 1")
    assert worker.ask().status == 200
    assert connections(first.mariadb) == 1, "whoever only reads stays"
    status, name = worker.create()
    assert status == 200 and has(second, name)


def test_read_only_hosts_serve_reads_where_there_is_no_other(first, second, worker_of):
    worker = worker_of(address(first.mariadb), address(second))
    for server in (first.mariadb, second):
        execute(server, "SET GLOBAL read_only = 1")
    assert worker.ask().status == 200
    assert worker.create()[0] == 503
    assert worker.ask().status == 200


def test_a_list_with_a_fault_is_named(worker_of):
    worker = worker_of("127.0.0.1:3306", "127.0.0.1:port")
    assert worker.ask().status == 503
    assert "127.0.0.1:port is not a list of HOST or HOST:PORT" in worker.logs()


def test_all_hosts_away_and_back_again(first, second, worker_of):
    worker = worker_of(address(first.mariadb), address(second))
    for server in (first.mariadb, second):
        server.stop()
    assert worker.ask().status == 503
    assert "cannot connect with the group [orgd]" in worker.logs()
    second.start()
    wait_until(lambda: worker.ask().status == 200, "the worker to find the second host")
