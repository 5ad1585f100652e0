"""Between the workers and MariaDB: a proxy that knows enough of the protocol to cut or hold a connection at a chosen moment.

A packet is three bytes of length, one of sequence, and the payload; a command has sequence 0, and its first byte says
which it is. What the client sends is read packet by packet and shown to `rule`, the execution of a prepared statement
with the statement's text; answers pass as they are.
"""

import contextlib
import enum
import shutil
import socket
import threading
import time

from processes import give_to_servers, make_directory, write_file

QUERY, PREPARE, EXECUTE = 0x03, 0x16, 0x17


class Verdict(enum.Enum):
    FORWARD = 0
    CUT_BEFORE = 1  # the server never sees it
    CUT_BEHIND = 2  # the server has done it, the client never sees the answer
    DELAY = 3  # the server sees it later than the client has patience
    HOLD = 4  # the server sees it when the test has done something else


def is_commit(payload):
    """COMMIT itself, or the statements of a transaction that end with it."""
    return payload[0] == QUERY and payload[1:] == b"COMMIT" or payload[0] == EXECUTE and payload.endswith(b"COMMIT; END")


def is_execution(payload):
    return payload[0] == EXECUTE


def _read(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


class Proxy:
    """In front of an installation's MariaDB while the `with` block lasts; `option_file` is for workers that are to go
    through it. `rule(payload)` says what becomes of a command."""

    def __init__(self, installation, delay_s=0):
        self.directory = make_directory()
        self.socket = self.directory / "proxy.sock"
        self.upstream = installation.mariadb.socket
        self.delay_s = delay_s
        self.rule = lambda payload: Verdict.FORWARD
        self._held = self._released = None  # events, of holding()
        self.answer_limit = None  # an answer of more bytes is cut off there, once
        self.count = 0  # of commands that were not simply forwarded
        options = installation.option_file.read_text(encoding="utf-8")
        self.option_file = write_file(self.directory / "my.cnf", options.replace(str(self.upstream), str(self.socket)))
        self._listener = socket.socket(socket.AF_UNIX)

    def __enter__(self):
        self._listener.bind(str(self.socket))
        self.socket.chmod(0o600)
        give_to_servers(self.socket)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        shutil.rmtree(self.directory)

    @contextlib.contextmanager
    def ruling(self, applies, verdict, after=0):
        """Within the block, the first command that `applies` gets this verdict, or the one after so many of them, if
        there are as many."""
        counted = iter(range(after + 1))
        self.rule = lambda payload: (verdict if applies(payload) and next(counted, None) == after else Verdict.FORWARD)
        try:
            yield
        finally:
            self.rule = lambda payload: Verdict.FORWARD

    @contextlib.contextmanager
    def holding(self, applies, after=0):
        """Within the block, the first command that `applies`, or the one after so many of them, does not get to the
        server. Gives an event that says whether there was one."""
        self._held, self._released = held, released = threading.Event(), threading.Event()
        with self.ruling(applies, Verdict.HOLD, after):
            try:
                yield held
            finally:
                released.set()

    def hold(self):
        """Called for what is held: returns when the block ends."""
        released = self._released
        self._held.set()
        released.wait()

    @contextlib.contextmanager
    def applying(self, applies, verdict, after=0):
        """The same where there must be as many."""
        before = self.count
        with self.ruling(applies, verdict, after):
            yield
        assert self.count == before + 1, "nothing was cut"

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Tunnel(self, client).start()


class Tunnel:
    """One connection through the proxy."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.swallows_answer = False
        self.answered = 0  # bytes, since the last command
        self.preparing = None  # the text of a statement whose id is still to come
        self.statements = {}  # the texts of those that were prepared, by their ids

    def start(self):
        try:
            self.server.connect(str(self.proxy.upstream))
        except OSError:
            self.close()
            return
        for pump in (self._pump_commands, self._pump_answers):
            threading.Thread(target=pump, daemon=True).start()

    def close(self):
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pump_commands(self):
        with contextlib.suppress(OSError, EOFError, ValueError), self.client.makefile("rb") as stream:
            while True:
                header = _read(stream, 4)
                self._pass_on(header, _read(stream, int.from_bytes(header[:3], "little")))
        self.close()

    def _pass_on(self, header, payload):
        is_command = header[3] == 0 and payload
        verdict = self.proxy.rule(self._shown(payload)) if is_command else Verdict.FORWARD
        self.proxy.count += verdict is not Verdict.FORWARD
        if verdict is Verdict.CUT_BEFORE:
            raise EOFError
        if verdict is Verdict.DELAY:
            time.sleep(self.proxy.delay_s)
        if verdict is Verdict.HOLD:
            self.proxy.hold()
        self.swallows_answer = verdict is Verdict.CUT_BEHIND
        self.answered = 0
        self.preparing = payload[1:] if is_command and payload[0] == PREPARE else None
        self.server.sendall(header + payload)

    def _shown(self, payload):
        return payload[:1] + self.statements[payload[1:5]] if payload[0] == EXECUTE else payload

    def _learn_statement(self, data):
        """From the answer to its preparation: behind the packet's header an OK, and the id."""
        if self.preparing is not None and data[4] == 0:
            self.statements[data[5:9]] = self.preparing
        self.preparing = None

    def _pump_answers(self):
        with contextlib.suppress(OSError, ValueError):
            while data := self.server.recv(65536):
                self._learn_statement(data)
                self.answered += len(data)
                if self.swallows_answer or self._is_too_long():
                    break
                self.client.sendall(data)
        self.close()

    def _is_too_long(self):
        limit = self.proxy.answer_limit
        if limit is None or self.answered <= limit:
            return False
        self.proxy.answer_limit = None
        return True
