"""Clients that misbehave, each over connections of its own, for as long as it is told.

    rude.py URL TOKEN SIZE SECONDS BEHAVIOUR…    SIZE clients of each behaviour; prints how many connections they made
"""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

SMALL_BUFFER = 2048
PAUSE_S = 0.25
BODY = b'{"name":"' + b"n" * 20 + b'","description":"' + b"d" * 200 + b'"}'


class Rude:
    """What the misbehaving clients of one kind share: the address, the credential and the hour when they leave."""

    def __init__(self, url, token, end):
        self.url = urlsplit(url)
        self.token = token
        self.end = end
        self.count = 0

    def connect(self):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        client.settimeout(2)
        client.connect((self.url.hostname, self.url.port))
        self.count += 1
        return client

    def head(self, method, length=0):
        return (f"{method} {self.url.path}/organizations HTTP/1.1\r\nHost: {self.url.netloc}\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {length}\r\n\r\n").encode()

    def remaining(self):
        return max(0.0, self.end - time.monotonic())

    def trickle(self, client, data):
        """Sends a byte a second."""
        for byte in data:
            if self.remaining() == 0:
                return
            client.sendall(bytes([byte]))
            time.sleep(min(1, self.remaining()))


def goes_away(rude):
    """Sends requests again and again, and never waits for an answer."""
    while rude.remaining() > 0:
        with rude.connect() as client:
            client.sendall(rude.head("GET"))
        with rude.connect() as client:
            client.sendall(rude.head("POST", len(BODY)) + BODY)
        time.sleep(PAUSE_S)


def sends_half_a_body(rude):
    with rude.connect() as client:
        client.sendall(rude.head("POST", len(BODY)) + BODY[:len(BODY) // 2])
        time.sleep(rude.remaining())


def leaves_in_the_middle_of_a_body(rude):
    while rude.remaining() > 0:
        with rude.connect() as client:
            client.sendall(rude.head("POST", len(BODY)) + BODY[:len(BODY) // 2])
            time.sleep(PAUSE_S)


def sends_a_slow_head(rude):
    with rude.connect() as client:
        rude.trickle(client, rude.head("GET"))


def sends_a_slow_body(rude):
    with rude.connect() as client:
        client.sendall(rude.head("POST", len(BODY)))
        rude.trickle(client, BODY)


def reads_slowly(rude):
    """Asks for lists, and takes a byte a second of the answers."""
    with rude.connect() as client:
        client.sendall(rude.head("GET") * 50)
        while rude.remaining() > 0:
            client.recv(1)
            time.sleep(min(1, rude.remaining()))


BEHAVIOURS = {behaviour.__name__: behaviour for behaviour in (
    goes_away, leaves_in_the_middle_of_a_body, sends_half_a_body, sends_a_slow_head, sends_a_slow_body, reads_slowly)}


def crowd(url, token, size, seconds, behaviours):
    rude = Rude(url, token, time.monotonic() + seconds)

    def behave(behaviour):
        with contextlib.suppress(OSError):  # the web server may well throw them out
            behaviour(rude)

    threads = [threading.Thread(target=behave, args=[behaviour]) for behaviour in behaviours for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rude.count


def crowd_apart(url, token, size, seconds, behaviours):
    """A crowd in a process of its own, so that it takes nothing from the clients that behave."""
    command = [sys.executable, __file__, url, token, size, seconds, *(behaviour.__name__ for behaviour in behaviours)]
    return int(subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    print(crowd(*sys.argv[1:3], int(sys.argv[3]), float(sys.argv[4]), [BEHAVIOURS[name] for name in sys.argv[5:]]))
