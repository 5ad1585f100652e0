"""Answers that a worker makes in parts, while their readers take them: in constant memory, beside all other requests, and
with an end that nobody takes for the real one if it is not."""

import contextlib
import functools
import json
import os
import re
import signal
import socket
import time
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest

import fastcgi
from installation import METRICS_TOKEN, Installation, Instance
from many_events import clear, fill, from_lines
from processes import IS_UNDER_VALGRIND, is_alive, wait_until, workers
from servers import Pool, SpawnFcgi, TcpPool
from test_events_feed import path_of

MANY, VERY_MANY = 20000, 100000
PROMPTLY_S = 4
STREAMS = "Lists of a worker that are being sent as files"


def prepare(instance, count):
    """A user with so many events in an organization."""
    user = instance.user(limit=1000)
    org = instance.organization(user)
    fill(instance.installation.sql, org["id"], user.id, count)
    return SimpleNamespace(user=user, org=org, token=user.token, path=f"{path_of(org)}?format=jsonl&action=test.*",
                           sql=instance.installation.sql)


@pytest.fixture(scope="module")
def many(instance):
    many = prepare(instance, MANY)
    yield many
    clear(many.sql, many.org["id"])


@pytest.fixture
def start(start):
    """Pools of one worker."""
    return functools.partial(start, **{"workers": 1, "transfer_timeout": 60})


class Reader(fastcgi.Connection):
    """Asks for a file. Once it begins, nothing more is read than what the test asks for."""

    def __init__(self, server, many, variables=(), is_kept=False):
        super().__init__(server.socket, timeout=60)
        self.send(fastcgi.encode("GET", many.path, many.token, variables=variables, is_kept=is_kept))

    def wait(self):
        """Until it has begun: nothing is sent before all of it has been measured."""
        self.socket.recv(1, socket.MSG_PEEK)
        return self

    def read_whole(self):
        response = self.read()
        assert response.status == 200 and int(response.headers["Content-Length"]) == len(response.body)
        assert len(from_lines(response.body.decode())) == MANY

    def read_broken(self):
        with pytest.raises(ConnectionError):
            self.read()


def worker_of(server):
    return (server.pids if isinstance(server, SpawnFcgi) else wait_until(lambda: workers(server.pid), "the worker"))[0]


def lines_of(server, path):
    lines = [json.loads(line) for line in server.logs().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == "request" and line["path"] == path.partition("?")[0]]


def last_line(server, many, count=1):
    return wait_until(lambda: lines_of(server, many.path)[count - 1:], "the access line")[-1]


def is_served(server, many):
    began = time.monotonic()
    assert fastcgi.request(server.socket, "GET", "/users/me", many.token).status == 200
    assert time.monotonic() - began < PROMPTLY_S


# The whole

@pytest.mark.parametrize("kind", [Pool, TcpPool, SpawnFcgi])
def test_others_are_served_meanwhile(start, many, kind):
    server = start(kind)
    with Reader(server, many) as reader:
        is_served(server, many)
        reader.wait()
        is_served(server, many)
        reader.read_whole()
    line = last_line(server, many)
    assert line["broken_off"] is False and line["status"] == 200 and line["account_id"] == many.user.id


def test_several_at_a_time(start, many):
    pool = start()
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(Reader(pool, many)) for _ in range(4)]
        for reader in readers[::-1]:
            is_served(pool, many)
            reader.read_whole()


def test_a_kept_connection_goes_on(start, many):
    pool = start()
    with Reader(pool, many, is_kept=True) as reader:
        reader.read_whole()
        reader.send(fastcgi.encode("GET", "/users/me", many.token, is_kept=True))
        assert reader.read().status == 200
        reader.send(fastcgi.encode("GET", many.path, many.token, is_kept=True))
        reader.read_whole()


def test_a_request_in_pieces(start, many):
    pool = start()
    data = fastcgi.encode("GET", many.path, many.token)
    with Reader(pool, many) as reader, fastcgi.Connection(pool.socket, timeout=60) as pieces:
        pieces.send(data[:50])
        time.sleep(0.1)
        pieces.send(data[50:])
        assert len(from_lines(pieces.read().body.decode())) == MANY
        reader.read_whole()


def test_every_line_of_the_log_has_the_id_of_the_request(start, many):
    pool = start(log_level="debug")
    with Reader(pool, many, variables={"HTTP_X_REQUEST_ID": "exported-1"}.items()) as reader:
        response = reader.read()
    assert response.headers["X-Request-Id"] == "exported-1"
    assert last_line(pool, many)["request_id"] == "exported-1"
    with Reader(pool, many) as reader:
        response = reader.read()
    assert last_line(pool, many, 2)["request_id"] == response.headers["X-Request-Id"]


def memory(pid):
    """Its own, in KiB."""
    return int(re.search(r"^Pss_Anon:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE)[1])


class FrugalPool(Pool):
    """A sanitizer that keeps little of what was freed."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.environment = {**self.environment, "ASAN_OPTIONS": f"{self.environment['ASAN_OPTIONS']}:quarantine_size_mb=1"}


def test_memory_does_not_grow_with_the_file(instance, start):
    many = prepare(instance, VERY_MANY)
    pool = start(FrugalPool)
    seen = []
    with Reader(pool, SimpleNamespace(path=many.path.replace("format=jsonl", "format=csv&limit=1000"), token=many.token)) as reader:
        reader.read()  # so the worker has what it ever has
    before = memory(worker_of(pool))
    with Reader(pool, many) as reader:
        count = length = 0
        while not length or count < length:
            data = reader.socket.recv(1 << 20)
            assert data
            if not length:
                length = int(re.search(rb"Content-Length: (\d+)", data)[1])
                seen.append(memory(worker_of(pool)))
            if count // 5000000 != (count + len(data)) // 5000000:
                seen.append(memory(worker_of(pool)))
            count += len(data)
        seen.append(memory(worker_of(pool)))
    assert length > 40000000 and len(seen) > 8
    assert max(seen) < before + (65536 if IS_UNDER_VALGRIND else 8192), (before, seen)
    assert max(seen[2:]) < seen[1] + 2048, seen
    clear(many.sql, many.org["id"])


# The bounds

def test_too_many_get_429(start, many, tables):
    pool = start()
    with contextlib.ExitStack() as stack:
        for _ in range(tables["limits"][STREAMS]):
            stack.enter_context(Reader(pool, many)).wait()
        refused = fastcgi.request(pool.socket, "GET", many.path, many.token)
        assert refused.status == 429 and refused.json()["detail"][0] == "TooManyRequests"
        assert refused.headers["Retry-After"] == "1" and "Content-Disposition" not in refused.headers
        assert refused.headers["Content-Type"] == "application/json"
        assert fastcgi.request(pool.socket, "GET", f"{many.path}&limit=10", many.token).status == 200
        assert fastcgi.request(pool.socket, "HEAD", many.path, many.token).status == 200
        is_served(pool, many)
    def is_free():
        return fastcgi.request(pool.socket, "GET", many.path, many.token, timeout=60).status == 200
    wait_until(is_free, "the readers to be gone")


def test_a_reader_has_time_for_each_part_and_no_more(start, many):
    pool = start(transfer_timeout=3)
    with Reader(pool, many) as reader:
        reader.wait()
        is_served(pool, many)
        assert last_line(pool, many)["broken_off"] is True
        reader.read_broken()
    with Reader(pool, many) as reader:  # takes several seconds
        reader.wait()
        for _ in range(25):
            time.sleep(0.2)
            reader.socket.recv(200000)
        while data := reader.socket.recv(1 << 20):
            end = data[-8:]
        assert end[:1] == b"\0"
    assert last_line(pool, many, 2)["broken_off"] is False


def test_the_metrics_count_them(start, many):
    pool = start(metrics_token=METRICS_TOKEN)

    def metrics():
        text = fastcgi.request(pool.socket, "GET", "/metrics", METRICS_TOKEN).body.decode()
        return [int(re.search(rf"^{re.escape(name)} (\d+)$", text, re.MULTILINE)[1]) for name in (
            "orgd_streams", 'orgd_streams_ended_total{outcome="whole"}', 'orgd_streams_ended_total{outcome="broken_off"}')]

    with Reader(pool, many) as reader:
        reader.wait()
        assert metrics() == [1, 0, 0]
    wait_until(lambda: metrics() == [0, 0, 1], "the reader to be gone")
    with Reader(pool, many) as reader:
        reader.read_whole()
    wait_until(lambda: metrics() == [0, 1, 1], "the end")


# The middle

def test_who_leaves_is_forgotten(start, many):
    pool = start()
    is_served(pool, many)
    pid = worker_of(pool)
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    for number in range(10):
        with Reader(pool, many) as reader:
            if number % 2:
                reader.wait()
    wait_until(lambda: len(lines_of(pool, many.path)) == 10, "ten access lines")
    assert all(line["broken_off"] is True for line in lines_of(pool, many.path))
    assert worker_of(pool) == pid and len(os.listdir(f"/proc/{pid}/fd")) <= descriptors + 1
    with Reader(pool, many) as reader:
        reader.read_whole()


@pytest.mark.parametrize("what", ["credential", "permission", "events"])
def test_what_ends_meanwhile_breaks_it_off(instance, start, what):
    many = prepare(instance, MANY)
    pool = start()
    viewer = instance.user()
    instance.member(many.org["id"], viewer, "admin")
    many.token = viewer.token
    with Reader(pool, many) as reader:
        reader.wait()
        if what == "credential":
            instance.installation.orgctl("user", "deactivate", viewer.name, "--yes")
        elif what == "permission":
            instance.member(many.org["id"], viewer, "viewer")
        else:
            many.sql("DELETE FROM orgd.orgd_events WHERE chain_id = %s AND action LIKE 'test.%%' AND sequence < 1010000",
                     (uuid.UUID(many.org["id"]).bytes,))
        reader.read_broken()
    line = last_line(pool, many)
    assert line["broken_off"] is True and line["status"] == 200
    wait_until(lambda: "the next part of an answer was refused: status" in pool.logs(), "the reason")
    clear(many.sql, many.org["id"])


def test_what_comes_meanwhile_is_not_in_it(instance, start):
    many = prepare(instance, MANY)
    many.path += "&order_by=occurred_at"
    pool = start()
    with Reader(pool, many) as reader:
        reader.wait()
        many.sql("INSERT INTO orgd.orgd_events SELECT chain_id, occurred_at + INTERVAL 1 YEAR, sequence + 1000000,"
                 " REVERSE(id), action, actor_type, actor_id, actor_name, actor_credential_id, organization_id, organization_name,"
                 " targets, request_id, address, user_agent, changes, count, version, hash, 0 FROM orgd.orgd_events"
                 " WHERE chain_id = %s AND action LIKE 'test.%%' AND sequence > 1019000", (uuid.UUID(many.org["id"]).bytes,))
        reader.read_whole()
    clear(many.sql, many.org["id"])


@pytest.fixture(scope="module")
def own_instance(build_directory, environment, checker):
    """With a database that may be stopped."""
    with Installation(build_directory, environment, checker) as installation:
        with Instance(installation, "nginx", "", workers=1) as instance:
            yield instance


def test_a_database_that_goes_away(own_instance):
    many = prepare(own_instance, MANY)
    pool, mariadb = own_instance.backend, own_instance.installation.mariadb
    with Reader(pool, many) as reader:
        reader.wait()
        mariadb.stop()
        reader.read_broken()
    assert last_line(pool, many)["broken_off"] is True
    refused = fastcgi.request(pool.socket, "GET", many.path, many.token)
    assert refused.status == 503 and int(refused.headers["Retry-After"]) > 0
    mariadb.start()
    with Reader(pool, many) as reader:
        reader.read_whole()


def test_closed_connections_are_replaced_unseen(own_instance):
    many = prepare(own_instance, MANY)
    with Reader(own_instance.backend, many) as reader:
        reader.wait()
        for id_, in many.sql("SELECT id FROM information_schema.processlist WHERE user = 'orgd' AND command = 'Sleep'"):
            with contextlib.suppress(Exception):
                many.sql(f"KILL {id_}")
        reader.read_whole()
    clear(many.sql, many.org["id"])


# The end of a worker

@pytest.mark.parametrize("kind", [Pool, SpawnFcgi])
def test_a_slow_reader_delays_the_end_by_seconds_at_most(start, many, kind):
    server = start(kind)
    pid = worker_of(server)
    with Reader(server, many) as reader:
        reader.wait()
        os.kill(server.pid if kind is Pool else pid, signal.SIGTERM)
        wait_until(lambda: not is_alive(pid), "the worker to end", timeout=8)
        reader.read_broken()
    assert last_line(server, many)["broken_off"] is True


def test_a_killed_worker_leaves_nothing_that_looks_whole(start, many):
    pool = start()
    with Reader(pool, many) as reader:
        reader.wait()
        os.kill(worker_of(pool), signal.SIGKILL)
        reader.read_broken()


def test_a_reload_lets_it_go_on(start, many):
    pool = start()
    before = worker_of(pool)
    with Reader(pool, many) as reader:
        reader.wait()
        pool.reload()
        wait_until(lambda: len(workers(pool.pid)) == 2, "the new worker")
        is_served(pool, many)
        reader.read_whole()
    wait_until(lambda: not is_alive(before), "the old worker to end")


def test_it_puts_recycling_off(start, many):
    pool = start(max_requests=10)
    before = worker_of(pool)
    with Reader(pool, many) as reader:
        reader.wait()
        for _ in range(15):
            is_served(pool, many)
        assert worker_of(pool) == before
        reader.read_whole()
    wait_until(lambda: not is_alive(before), "another worker")
    is_served(pool, many)
