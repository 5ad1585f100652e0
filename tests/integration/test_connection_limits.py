"""More workers than the account may have connections: requests wait for one, and get it."""

import concurrent.futures
import contextlib
import re
import secrets
import subprocess
import threading
import time

import pymysql
import pytest

import fastcgi
from installation import Instance
from processes import PATIENCE, privileges, wait_until, write_file
from servers import Pool

LIMIT = 5
CLIENTS = 12
WORKERS = 8
LOAD_S = 3


class Account:
    """A database account of its own for workers, with so many connections at a time."""

    def __init__(self, installation, directory, limit):
        self.installation = installation
        self.name = f"limited_{secrets.token_hex(4)}"
        self.password = secrets.token_hex(8)
        self.limit = limit
        self.option_file = directory / f"{self.name}.cnf"

    def __enter__(self):
        sql = self.installation.sql
        sql(f"CREATE USER {self.name}@localhost IDENTIFIED BY '{self.password}' WITH MAX_USER_CONNECTIONS {self.limit}")
        sql(f"GRANT orgd_application TO {self.name}@localhost")
        sql(f"SET DEFAULT ROLE orgd_application FOR {self.name}@localhost")
        text = self.installation.option_file.read_text("utf-8")
        for key, value in (("user", self.name), ("password", self.password)):
            text = re.sub(rf"(?m)^{key}\s*=.*$", f"{key} = {value}", text)
        write_file(self.option_file, text)
        return self

    def __exit__(self, *_):
        self.installation.sql(f"DROP USER {self.name}@localhost")

    def connect(self):
        """One of the account's connections, which a worker does not get then."""
        return self.installation.mariadb.connect(user=self.name, password=self.password)

    def connections(self):
        """The ids of those that are there now."""
        rows = self.installation.sql("SELECT id FROM information_schema.processlist WHERE user = %s", (self.name,))
        return {row[0] for row in rows}


@pytest.fixture
def limited(database, directory):
    with Account(database, directory, LIMIT) as account:
        yield account


@pytest.fixture
def unlimited(database, directory):
    with Account(database, directory, 0) as account:
        yield account


def statuses_under_load(instance, path):
    """What clients get who send requests one after the other."""
    user = instance.user()
    end = time.monotonic() + LOAD_S

    def send(client):
        found = []
        while time.monotonic() < end:
            found.append(client.get(path).status_code)
        return found

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return [status for found in pool.map(send, [instance.client(user.token) for _ in range(CLIENTS)]) for status in found]


@pytest.mark.parametrize("kind", ["lighttpd", "apache-mod_fcgid", "nginx"])
@pytest.mark.parametrize("settings", [{"database_idle_timeout": 0}, {}], ids=["given-back", "default"])
def test_no_request_is_refused(database, limited, kind, settings):
    settings = {**settings, "database_option_file": limited.option_file}
    with Instance(database, kind, "", workers=WORKERS, settings=settings) as instance:
        found = statuses_under_load(instance, "/organizations")
        assert set(found) == {200} and len(found) > CLIENTS


def test_idle_workers_give_theirs_to_who_needs_one(database, limited):
    """They have nothing to do, and their time is not over. (The courier has one as well; one process more would be a
    shortage, in which nobody keeps any.)"""
    settings = {"database_option_file": limited.option_file, "database_idle_timeout": 3600}
    with Instance(database, "nginx", "", workers=LIMIT - 1, settings=settings) as first:
        user = first.user()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            def busy():
                assert {*pool.map(lambda _: first.client(user.token).get("/users/me").status_code, range(40))} == {200}
                return len(limited.connections()) == LIMIT
            wait_until(busy, "all connections to be taken")
        with Instance(database, "nginx", "", workers=1, settings=settings) as second:
            assert second.client(user.token).get("/users/me").status_code == 200


def test_a_command_gets_one_too(database, start, limited):
    """Though as many workers as there are connections are busy all the time."""
    settings = {"database_option_file": limited.option_file, "database_idle_timeout": 3600}
    write_file(limited.option_file, limited.option_file.read_text("utf-8").partition("[orgctl]")[0])
    pool = start(Pool, workers=LIMIT, **settings)
    end = time.monotonic() + 60 * PATIENCE
    is_over = threading.Event()

    def send():
        while not is_over.is_set() and time.monotonic() < end:
            assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200

    with concurrent.futures.ThreadPoolExecutor(2 * LIMIT) as clients:
        sent = [clients.submit(send) for _ in range(2 * LIMIT)]
        wait_until(lambda: len(limited.connections()) == LIMIT, "all connections to be taken")
        result = database.run_orgctl("user", "list", "--json", config_path=pool.config_path)
        is_over.set()
        assert [future.result() for future in sent] == [None] * len(sent)
    assert result.returncode == 0, result.stderr


def test_an_idle_connection_is_given_back_in_time(start, unlimited):
    """The courier keeps the other one, since it asks twice a second."""
    pool = start(Pool, workers=1, database_option_file=unlimited.option_file, database_idle_timeout=3)
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
    wait_until(lambda: len(unlimited.connections()) == 2, "the connections of worker and courier")
    wait_until(lambda: len(unlimited.connections()) == 1, "the worker's to be given back", timeout=10)
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200


def test_a_busy_worker_keeps_its_connection(start, unlimited):
    """Its time is over only if nothing was asked for so long. (The courier has another one for a moment.)"""
    pool = start(Pool, workers=1, database_option_file=unlimited.option_file, database_idle_timeout=2 * PATIENCE)
    end = time.monotonic() + 5 * PATIENCE
    samples = []
    while time.monotonic() < end:
        assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
        samples.append(unlimited.connections())
        time.sleep(0.1)
    assert set.intersection(*samples)


def test_with_no_time_it_is_given_back_after_each_request(start, unlimited):
    pool = start(Pool, workers=1, database_option_file=unlimited.option_file, database_idle_timeout=0)
    for _ in range(5):
        assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
        wait_until(lambda: not unlimited.connections(), "no connection", timeout=2)


def test_a_server_without_room_is_waited_for(database, start, unlimited):
    """max_connections of the server itself: error 1040."""
    pool = start(Pool, workers=1, database_option_file=unlimited.option_file, database_idle_timeout=0)
    (usual,), = database.sql("SELECT @@max_connections")
    with contextlib.ExitStack() as cleanup, concurrent.futures.ThreadPoolExecutor(1) as background:
        others = cleanup.enter_context(contextlib.ExitStack())
        cleanup.callback(database.sql, f"SET GLOBAL max_connections = {usual}")
        database.sql("SET GLOBAL max_connections = 10")
        with pytest.raises(pymysql.err.OperationalError, match="1040"):
            while True:
                others.callback(unlimited.connect().close)
        answer = background.submit(fastcgi.request, pool.socket, "GET", "/health/ready")
        time.sleep(1)
        assert not answer.done()
        others.close()
        assert answer.result().status == 200


def test_who_gets_none_in_time_is_refused(database, start, limited):
    """By others, who give none back."""
    others = []
    try:
        for _ in range(LIMIT):
            others.append(limited.connect())
        pool = start(Pool, workers=1, database_option_file=limited.option_file, database_timeout=2)
        begin = time.monotonic()
        assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 503
        assert time.monotonic() - begin >= 2
        assert "max_user_connections" in pool.logs()
        others.pop().close()
        assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
    finally:
        for connection in others:
            connection.close()


@contextlib.contextmanager
def cgi_program(database, account, **variables):
    """One request of a client that has more to send."""
    environment = {**database.environment, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
                   "PATH_INFO": "/health/ready", "ORGD_DATABASE_OPTION_FILE": str(account.option_file),
                   "ORGD_DATABASE_TIMEOUT": "2", "ORGD_TRANSFER_TIMEOUT": str(60 * PATIENCE), **variables}
    with subprocess.Popen([database.orgd, "--config", database.config_path], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **privileges()) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_slow_client_of_a_cgi_program_holds_none(database, directory):
    """Whoever sends the body of a request slowly that nobody reads: only the web server waits for that."""
    with Account(database, directory, 1) as account, contextlib.ExitStack() as cleanup:
        slow = [cleanup.enter_context(cgi_program(database, account, CONTENT_LENGTH="100000")) for _ in range(3)]
        end = time.monotonic() + 3 * PATIENCE
        while time.monotonic() < end:
            with cgi_program(database, account) as process:
                out, err = process.communicate(timeout=60 * PATIENCE)
                assert out.startswith(b"Status: 200 "), out + err
        assert [process.poll() for process in slow] == [None] * len(slow)
        for process in slow:
            out, err = process.communicate(b"x" * 100000, timeout=60 * PATIENCE)
            assert out.startswith(b"Status: 200 "), out + err
