"""A client that sends or takes a byte now and then holds a worker for at most transfer_timeout (orgd.conf(5))."""

import contextlib
import functools
import socket
import threading
import time

import pytest

import fastcgi
from installation import Instance, unique
from processes import wait_until
from servers import SERVERS, TcpPool

TIMEOUT_S = 1
PROMPTLY_S = TIMEOUT_S * 4  # for slow machines and sanitizers
BODY_BYTES = 1000


@pytest.fixture
def start(start):
    """Pools of one worker, which is impatient."""
    return functools.partial(start, workers=1, transfer_timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@contextlib.contextmanager
def promptly():
    start = time.monotonic()
    yield
    assert time.monotonic() - start < PROMPTLY_S


def trickle(slow, is_over):
    """A byte ten times a second, so that no single read waits long."""
    with contextlib.suppress(OSError):
        while not is_over.wait(0.1):
            slow.send(b" ")


@pytest.mark.parametrize("path", ["/organizations", "/organizations/00000000-0000-4000-8000-000000000000"])
def test_a_body_that_stops_half_way_gets_408(start, owner, path):
    pool = start()
    method = "POST" if path == "/organizations" else "PATCH"
    with promptly(), fastcgi.SlowRequest(pool.socket, method, path, owner.token, length=BODY_BYTES) as slow:
        slow.send(b"{")
        response = slow.read()
    assert response.status == 408
    assert response.json() == {"detail": ["RequestTimeout", "The request body did not arrive in time."]}
    assert fastcgi.request(pool.socket, "GET", "/users/me", owner.token).status == 200


@pytest.mark.shows("API4")
def test_a_body_that_trickles_gets_408(start, owner):
    pool = start()
    is_over = threading.Event()
    with promptly(), fastcgi.SlowRequest(pool.socket, "POST", "/organizations", owner.token, length=BODY_BYTES) as slow:
        sender = threading.Thread(target=trickle, args=(slow, is_over))
        sender.start()
        try:
            assert slow.read().status == 408
        finally:
            is_over.set()
            sender.join()


def test_a_body_that_comes_just_in_time_is_read(start, owner):
    pool = start()
    body = b'{"name": "%s"}' % unique("in-time").encode()
    with fastcgi.SlowRequest(pool.socket, "POST", "/organizations", owner.token, length=len(body)) as slow:
        for piece in (body[:3], body[3:10], body[10:], b""):
            slow.send(piece)
            time.sleep(TIMEOUT_S / 10)
        assert slow.read().status == 200


def test_a_body_that_is_not_there_holds_nobody_who_has_none(start, owner):
    """The route decides what is read: nobody waits for the body of a GET."""
    pool = start()
    with fastcgi.SlowRequest(pool.socket, "GET", "/users/me", owner.token, length=BODY_BYTES) as slow:
        assert slow.read().status == 200


def test_a_large_answer_that_nobody_takes_is_given_up(start, instance, owner):
    pool = start()
    links = [{"title": "x", "url": "https://example.org/" + "x" * 2000}] * 20
    for _ in range(20):
        instance.organization(owner, links=links)
    path = f"/organizations?owner_id={owner.id}&limit=1000"
    assert len(fastcgi.request(pool.socket, "GET", path, owner.token).body) > 500000
    with fastcgi.SlowRequest(pool.socket, "GET", path, owner.token):
        time.sleep(0.2)  # for the worker to accept it
        with promptly():
            assert fastcgi.request(pool.socket, "GET", "/users/me", owner.token).status == 200
    wait_until(lambda: "did not take the answer" in pool.logs(), "the warning")


def test_who_connects_to_a_port_and_says_nothing_holds_nobody(start, owner):
    pool = start(TcpPool)
    with socket.create_connection(pool.socket), promptly():
        time.sleep(0.2)  # for the worker to accept it
        assert fastcgi.request(pool.socket, "GET", "/users/me", owner.token).status == 200


@pytest.mark.parametrize("kind", SERVERS)
def test_a_slow_client_of_a_web_server_holds_nobody(database, kind):
    """With one worker: web servers wait for slow clients themselves; for mod_proxy_fcgi transfer_timeout counts."""
    with Instance(database, kind, "", workers=1, settings={"transfer_timeout": TIMEOUT_S}) as instance:
        user = instance.user()
        host, port = instance.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /organizations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\nAuthorization: Bearer %s\r\n\r\n{" % (BODY_BYTES, user.token.encode()))
            time.sleep(0.3)
            slow.sendall(b" ")
            with promptly():
                assert user.client.get("/users/me").status_code == 200
