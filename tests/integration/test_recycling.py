"""Workers leave after so many requests (max_requests). A web server that starts the workers gives each a socket of its own:
nobody else would take what waits there."""

import collections
import contextlib
import json
import os
import signal

import pytest

import fastcgi
from processes import is_alive, is_stopped, wait_until
from servers import SpawnFcgi

LIMIT = 10


def statuses(server, count):
    """Of so many requests that wait at the socket of a worker at the same time; None if there was no answer."""
    worker, = server.pids
    os.kill(worker, signal.SIGSTOP)
    wait_until(lambda: is_stopped(worker), "the worker to stop")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(fastcgi.Connection(server.socket)) for _ in range(count)]
        for client in clients:
            client.send(fastcgi.encode("GET", "/health"))
        os.kill(worker, signal.SIGCONT)
        found = []
        for client in clients:
            found.append(None)
            with contextlib.suppress(ConnectionResetError):
                found[-1] = client.read().status
        return found


def test_who_waits_at_the_socket_of_a_worker_that_leaves_is_served(start):
    server = start(SpawnFcgi, workers=1, max_requests=LIMIT)
    assert statuses(server, LIMIT + 5) == [200] * (LIMIT + 5)
    wait_until(lambda: not is_alive(server.pids[0]), "the worker to leave")
    with pytest.raises(ConnectionRefusedError):
        fastcgi.Connection(server.socket)


def test_workers_that_were_started_together_do_not_leave_together(start):
    """Each after a number of its own: a web server that starts them answers 503 while it has none. A worker that leaves
    serves who waits at its socket, so it may have served more than its number."""
    most = 100
    server = start(SpawnFcgi, workers=12, max_requests=most)
    count = 0
    # The last one closes the socket. Who came after its last look is reset, and was not served.
    with contextlib.suppress(ConnectionError):
        while count <= 12 * most:
            assert fastcgi.request(server.socket, "GET", "/health").status == 200
            count += 1
    wait_until(lambda: not any(is_alive(pid) for pid in server.pids), "the workers to leave")
    lines = [json.loads(line) for line in server.log_path.read_text(encoding="utf-8").splitlines()]
    served = collections.Counter(line["pid"] for line in lines if line.get("event") == "request")
    assert sum(served.values()) == count and set(served) == set(server.pids)
    assert most / 2 <= min(served.values()) < max(served.values()) <= 2 * most
    assert max(served.values()) - min(served.values()) > most / 10


def test_clients_that_keep_coming_do_not_keep_a_worker(start):
    server = start(SpawnFcgi, workers=1, max_requests=LIMIT)
    found = statuses(server, 10 * LIMIT)
    served = found.count(200)
    assert LIMIT < served <= 2 * LIMIT and found == [200] * served + [None] * (len(found) - served)
    wait_until(lambda: not is_alive(server.pids[0]), "the worker to leave")
