"""A FastCGI client (version 1, one request a connection). It talks to orgd like a web server.

For tests of the pool, where a web server in between would hide a refused or broken connection."""

import json
import socket
import struct

from processes import PATIENCE

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
RESPONDER = 1
KEEP_CONN = 1
REQUEST_ID = 1


class Response:
    def __init__(self, output):
        head, _, self.body = output.partition(b"\r\n\r\n")
        self.headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.status = int(self.headers.get("Status", "200").split()[0])

    def json(self):
        return json.loads(self.body)


def _record(kind, content):
    return struct.pack(">BBHHBx", 1, kind, REQUEST_ID, len(content), 0) + content


def _stream(kind, content):
    pieces = [content[start:start + 65535] for start in range(0, len(content), 65535)]
    return b"".join(_record(kind, piece) for piece in pieces) + _record(kind, b"")


def _parameter(name, value):
    name, value = name.encode(), value.encode()
    return struct.pack(">II", len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def _read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError(f"the connection ended after {len(data)} of {size} bytes")
        data += piece
    return data


def _read_output(connection):
    output = b""
    while True:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", _read_exactly(connection, 8))
        content = _read_exactly(connection, length + padding)[:length]
        if kind == END_REQUEST:
            return output
        if kind == STDOUT:
            output += content


def _connect(address, timeout):
    connection = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(address if isinstance(address, tuple) else str(address))
    except OSError:
        connection.close()
        raise
    return connection


def _head(method, path, token, length, is_kept=False, variables=()):
    path_info, _, query = path.partition("?")
    usual = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path_info, "REQUEST_URI": path,
             "QUERY_STRING": query, "SERVER_PROTOCOL": "HTTP/1.1", "GATEWAY_INTERFACE": "CGI/1.1",
             "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    if length is not None:
        usual.update({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(length)})
    if token is not None:
        usual["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    parameters = b"".join(_parameter(name, value) for name, value in {**usual, **dict(variables)}.items())
    return _record(BEGIN_REQUEST, struct.pack(">HB5x", RESPONDER, KEEP_CONN if is_kept else 0)) + _stream(PARAMS, parameters)


def encode(method, path, token=None, body=None, is_kept=False, variables=()):
    """The bytes of a whole request at the mount /, with more variables. `body` becomes JSON, if it is no bytes."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return _head(method, path, token, None if body is None else len(content), is_kept, variables) + _stream(STDIN, content)


def request(address, method, path, token=None, body=None, timeout=15 * PATIENCE, before_sending=lambda: None, variables=()):
    """One request to the socket at this path or (host, port), as encode() makes it. `before_sending` is called between
    connecting and sending."""
    with _connect(address, timeout) as connection:
        before_sending()
        connection.sendall(encode(method, path, token, body, variables=variables))
        return Response(_read_output(connection))


class Connection:
    """A connection for bytes that encode() made, in pieces or one request after the other."""

    def __init__(self, address, timeout=15 * PATIENCE):
        self.socket = _connect(address, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        return Response(_read_output(self.socket))


class SlowRequest:
    """A request in pieces, for as long as the `with` block lasts: its body of so many bytes, if any, comes later."""

    def __init__(self, address, method, path, token=None, length=None, timeout=15 * PATIENCE):
        self.connection = _connect(address, timeout)
        self.connection.sendall(_head(method, path, token, length) + (_stream(STDIN, b"") if length is None else b""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, piece):
        self.connection.sendall(_record(STDIN, piece))

    def read(self):
        return Response(_read_output(self.connection))
