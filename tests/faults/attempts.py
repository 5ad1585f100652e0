"""One request, and what its sender was told."""

import enum
import http.client
import itertools
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_S = 30
PAUSE_AFTER_FAILURE_S = 0.02


class Outcome(enum.Enum):
    DONE = "done"
    REFUSED = "refused"  # nothing was changed: the answer says so, or the request was never sent
    UNKNOWN = "unknown"  # no answer, or one that promises nothing: it happened once, or will, or not at all


@dataclass
class Account:
    """A user of the service, who may own `limit` organizations."""

    id: str
    token: str
    limit: int


@dataclass(slots=True)
class Attempt:
    """One request and its answer. Times are monotonic."""

    account: str
    action: str
    start: float
    end: float = 0.0
    organization: str = None  # of a creation: from its answer
    tag: str = None  # what a write puts into the description
    name: str = None  # of a creation: the name asked for
    target: str = None  # of a transfer: the new owner
    is_by_superuser: bool = False
    thing: str = None  # a role, team or invitation (keepers.py)
    if_match: int = None  # a revision
    outcome: Outcome = Outcome.UNKNOWN
    status: int = None
    error: str = None  # the ErrorName of the service's own error answers
    kind: str = None  # the status or what went wrong, for people
    revision: int = None  # that the answer showed
    shown: str = None  # the tag that the answer showed
    items: list = field(default_factory=list)  # of a list: (organization, tag)


def revision_of(etag):
    """The ETag of an organization is "CREATED.REVISION"."""
    return int(etag.strip('"').rpartition(".")[2])


def etag_of(created, revision):
    """`created` as the answer's ETag had it."""
    return f'"{created}.{revision}"'


def error_name(status, answer):
    """Of {"detail": ["<ErrorName>", "…"]}; None for successes, and for what a web server answers by itself."""
    if status < 400:
        return None
    try:
        name = json.loads(answer)["detail"][0]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return name if isinstance(name, str) else "validation"


def outcome_of(status, error):
    if status < 300:
        return Outcome.DONE
    # Only the service itself promises with a 503 that nothing was changed; a web server's 503 means nothing.
    return Outcome.REFUSED if status < 500 or error == "ServiceUnavailable" else Outcome.UNKNOWN


def kind_of(status, error, answer):
    """For people. Tells a 500 that says that the outcome is unknown from one that is a bug."""
    if status < 400:
        return "success"
    if status == 500 and b"ead it again" in answer:
        return "500 in doubt"
    return f"{status} {error or 'of the web server'}"


class Connection:
    """Keeps a connection alive to one of several base URLs, and goes on to the next when it breaks."""

    def __init__(self, urls, token):
        self.urls = itertools.cycle(urls)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.http = None
        self.mount = ""

    def open(self):
        if self.http is None:
            url = urlsplit(next(self.urls))
            self.mount = url.path
            self.http = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)
            self.http.connect()

    def close(self):
        if self.http is not None:
            self.http.close()
            self.http = None

    def request(self, method, path, body, headers):
        text = None if body is None else json.dumps(body)
        self.http.request(method, self.mount + path, text, {**self.headers, **headers})
        response = self.http.getresponse()
        return response, response.read()


def send(connection, attempt, method, path, body=None, headers=None):
    """Sends it, and notes what became of it. Returns response and body, or None twice."""
    try:
        connection.open()
    except OSError as error:
        attempt.end, attempt.outcome, attempt.kind = time.monotonic(), Outcome.REFUSED, type(error).__name__
        connection.close()
        return None, None
    try:
        response, answer = connection.request(method, path, body, headers or {})
    except (OSError, http.client.HTTPException) as error:
        attempt.end, attempt.kind = time.monotonic(), type(error).__name__
        return None, None
    attempt.end = time.monotonic()
    attempt.status = response.status
    attempt.error = error_name(response.status, answer)
    attempt.outcome = outcome_of(response.status, attempt.error)
    attempt.kind = kind_of(response.status, attempt.error, answer)
    return response, answer


def is_in_trouble(attempt):
    return attempt.outcome is Outcome.UNKNOWN or attempt.status in (None, 503)
